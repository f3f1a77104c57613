// @ts-check
/** Above the samples: in which order, and which of them. */
import { element, write } from "../../element.js";
import { readCell, unitWord } from "./facts.js";
import { FLAGS, RANKED, SORTS } from "./order.js";

/** @typedef {import("../run/run-view.js").RunView} RunView */

export class Filters {
  /** @param {HTMLElement} root @param {{view: () => RunView, setView: (change: Partial<RunView>) => void}} options */
  constructor(root, { view, setView }) {
    this.view = view;
    this.sort = select("samples-sort", "Order", SORTS, (sort) => setView({ sort }));
    this.unit = select("samples-unit", "Errors ranked in", {}, (unit) => setView({ unit }));
    this.flag = select("samples-flag", "Flag", FLAGS, (flag) => setView({ flag }));
    this.find = field("samples-find", "search", "Caption or id", (find) => setView({ find }));
    this.above = field("samples-above", "number", "Error above", (above) => setView({ above }));
    this.above.min = "0";
    this.above.step = "any";
    const all = { class: "sample-cell", type: "button", title: "Show all samples again", onclick: () => setView({ cell: "" }) };
    this.cell = element("button", { ...all, "data-part": "samples-cell", hidden: true });
    this.count = element("span", { class: "quiet number", role: "status", "data-part": "samples-count" });
    root.replaceChildren(this.sort, this.unit, this.flag, this.above, this.find, this.cell, this.count);
  }

  /** @param {number} shown @param {number} all @param {{hasFlags: boolean, units: string[], unit: string}} has  unit: in which errors are ranked */
  show(shown, all, { hasFlags, units, unit }) {
    const { sort, flag, find, above, cell } = this.view();
    this.sort.value = sort;
    this.flag.value = flag;
    this.flag.hidden = !hasFlags && !flag;
    this.showUnits(units, unit);
    this.above.hidden = !units.length && !above;
    this.above.placeholder = unit ? `Error above, ${unit}` : "Error above";
    for (const [input, value] of /** @type {[HTMLInputElement, string][]} */ ([[this.find, find], [this.above, above]]))
      if (input !== document.activeElement && input.value !== value) input.value = value;
    const of = readCell(cell);
    this.cell.hidden = !of;
    write(this.cell, of ? `true ${of.truth}, predicted ${of.taken} ✕` : "");
    for (const option of this.sort.options) if (RANKED.includes(option.value)) option.text = rankWord(option.value, unit);
    write(this.count, shown === all ? `${all} ${all === 1 ? "sample" : "samples"}` : `${shown} of ${all}`);
  }

  /** Samples in several units are ranked in one of them: between pixels and scores there is no order. @param {string[]} units @param {string} unit */
  showUnits(units, unit) {
    this.unit.hidden = units.length < 2;
    if (this.unit.dataset.shown !== JSON.stringify(units))
      this.unit.replaceChildren(...units.map((one) => element("option", { value: one }, `In ${unitWord(one)}`)));
    this.unit.dataset.shown = JSON.stringify(units);
    this.unit.value = unit;
  }
}

/** An order by the error says in which unit. @param {string} sort @param {string} unit */
function rankWord(sort, unit) {
  const word = SORTS[/** @type {keyof typeof SORTS} */ (sort)];
  return unit ? `${word}, ${unit}` : word;
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
