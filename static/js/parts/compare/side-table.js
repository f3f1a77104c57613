// @ts-check
/** The table of a comparison: one column a run, one row a quantity, in parts that keep their columns in line. */
import { element, part as find } from "../../element.js";
import { configPart } from "./config-rows.js";
import { factRows } from "./fact-rows.js";
import { footnotes, metricPart } from "./metric-rows.js";
import { part } from "./side-part.js";

/** @typedef {import("./comparison.js").Comparison} Comparison */

/**
 * @typedef {object} TableView
 * @property {boolean} all  also what does not differ
 * @property {string} find  in the settings
 * @property {(change: {rows?: string, metric?: string}) => void} set
 * @property {(text: string) => void} search
 */

const POINTED_MS = 2400;

export class SideTable {
  /** @param {(change: {rows?: string, metric?: string}) => void} set */
  constructor(set) {
    this.set = set;
    this.frame = find(document, "table");
    this.wanted = "";
  }

  /** @param {Comparison} told @param {{rows: string}} view */
  show(told, view) {
    const search = (/** @type {string} */ text) => {
      this.wanted = text;
      this.show(told, view);
    };
    this.draw(told, { all: view.rows === "all", find: this.wanted, set: this.set, search });
    find(document, "footnotes").replaceChildren(...footnotes(this.frame));
  }

  /** @param {Comparison} told @param {TableView} view */
  draw(told, view) {
    const { frame } = this;
    const left = frame.scrollLeft;
    const { name: focused } = /** @type {{name?: string}} */ (document.activeElement ?? {});
    const table = element(
      "table",
      { class: "side" },
      element("caption", { class: "unseen" }, "The compared runs: metrics, settings and how they went"),
      ...metricPart(told, view),
      ...configPart(told, view),
      part("How they went", told, factRows(told)),
    );
    table.style.setProperty("--runs", String(told.runs.length));
    frame.replaceChildren(table);
    frame.scrollLeft = left;
    if (focused === "find") focusEnd(/** @type {HTMLInputElement | null} */ (frame.querySelector("[name=find]")));
  }

  /** Bring a setting's or a metric's row into sight. @param {string} key */
  pointAt(key) {
    const name = CSS.escape(key);
    const row = this.frame.querySelector(`[data-key="${name}"], [data-metric="${name}"]`);
    row?.scrollIntoView({ block: "center", behavior: "smooth" });
    row?.classList.add("side-pointed");
    setTimeout(() => row?.classList.remove("side-pointed"), POINTED_MS);
  }
}

/** @param {HTMLInputElement | null} field */
function focusEnd(field) {
  field?.focus();
  field?.setSelectionRange(field.value.length, field.value.length);
}
