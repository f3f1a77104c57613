// @ts-check
/** Above the samples: in which order, and which of them. */
import { element, write } from "../../element.js";
import { readCell } from "./facts.js";
import { FLAGS, SORTS } from "./order.js";

/** @typedef {import("../run/run-view.js").RunView} RunView */

export class Filters {
  /** @param {HTMLElement} root @param {{view: () => RunView, setView: (change: Partial<RunView>) => void}} options */
  constructor(root, { view, setView }) {
    this.view = view;
    this.sort = select("samples-sort", "Order", SORTS, (sort) => setView({ sort }));
    this.flag = select("samples-flag", "Flag", FLAGS, (flag) => setView({ flag }));
    this.find = field("samples-find", "search", "Caption or id", (find) => setView({ find }));
    this.above = field("samples-above", "number", "Error above", (above) => setView({ above }));
    this.above.min = "0";
    this.above.step = "any";
    const all = { class: "sample-cell", type: "button", title: "Show all samples again", onclick: () => setView({ cell: "" }) };
    this.cell = element("button", { ...all, "data-part": "samples-cell", hidden: true });
    this.count = element("span", { class: "quiet number", role: "status", "data-part": "samples-count" });
    root.replaceChildren(this.sort, this.flag, this.above, this.find, this.cell, this.count);
  }

  /** @param {number} shown @param {number} all @param {{hasFlags: boolean, hasErrors: boolean, unit: string}} has */
  show(shown, all, { hasFlags, hasErrors, unit }) {
    const { sort, flag, find, above, cell } = this.view();
    this.sort.value = sort;
    this.flag.value = flag;
    this.flag.hidden = !hasFlags && !flag;
    this.above.hidden = !hasErrors && !above;
    this.above.placeholder = unit ? `Error above, ${unit}` : "Error above";
    for (const [input, value] of /** @type {[HTMLInputElement, string][]} */ ([[this.find, find], [this.above, above]]))
      if (input !== document.activeElement && input.value !== value) input.value = value;
    const of = readCell(cell);
    this.cell.hidden = !of;
    write(this.cell, of ? `true ${of.truth}, predicted ${of.taken} ✕` : "");
    write(this.count, shown === all ? `${all} ${all === 1 ? "sample" : "samples"}` : `${shown} of ${all}`);
  }
}

/** @param {string} part @param {string} label @param {Record<string, string>} choices @param {(value: string) => void} choose */
function select(part, label, choices, choose) {
  const options = Object.entries(choices).map(([value, word]) => element("option", { value }, word));
  const made = element("select", { class: "select sample-select", "aria-label": label, "data-part": part }, ...options);
  made.addEventListener("change", () => choose(made.value));
  return made;
}

/** @param {string} part @param {string} type @param {string} label @param {(value: string) => void} enter */
function field(part, type, label, enter) {
  const made = element("input", { class: "field sample-field", type, placeholder: label, "aria-label": label, "data-part": part });
  made.addEventListener("input", () => enter(made.value.trim()));
  return made;
}
