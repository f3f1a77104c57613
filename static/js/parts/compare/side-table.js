// @ts-check
/** The table of a comparison: one column a run, one row a quantity, in parts that keep their columns in line. */
import { element } from "../../element.js";
import { configPart } from "./config-rows.js";
import { factRows } from "./fact-rows.js";
import { metricPart } from "./metric-rows.js";
import { part } from "./side-part.js";

/** @typedef {import("./comparison.js").Comparison} Comparison */

/**
 * @typedef {object} TableView
 * @property {boolean} all  also what does not differ
 * @property {string} metric  that ranks
 * @property {string} find  in the settings
 * @property {(change: {rows?: string, metric?: string}) => void} set
 * @property {(text: string) => void} search
 */

/** @param {HTMLElement} frame @param {Comparison} told @param {TableView} view */
export function showTable(frame, told, view) {
  const left = frame.scrollLeft;
  const { name: focused } = /** @type {{name?: string}} */ (document.activeElement ?? {});
  frame.replaceChildren(
    element(
      "table",
      { class: "side" },
      element("caption", { class: "unseen" }, "The compared runs: metrics, settings and how they went"),
      ...metricPart(told, view),
      ...configPart(told, view),
      part("How they went", told, factRows(told)),
    ),
  );
  /** @type {HTMLElement} */ (frame.firstElementChild).style.setProperty("--runs", String(told.runs.length));
  frame.scrollLeft = left;
  if (focused === "find") focusEnd(/** @type {HTMLInputElement | null} */ (frame.querySelector("[name=find]")));
}

/** @param {HTMLInputElement | null} field */
function focusEnd(field) {
  field?.focus();
  field?.setSelectionRange(field.value.length, field.value.length);
}
