// @ts-check
/** Above the compared samples: the slider of epochs, the split, and each run's name; and the order of what is below. */
import { element, mark, write } from "../../element.js";
import { errorIn, unitsOf } from "../samples/facts.js";

/** @typedef {import("../../types.js").Sample} Sample */
/** @typedef {import("../../types.js").RunRow} RunRow */

export class SamplesHead {
  /** @param {(change: {epoch?: string, split?: string}) => void} set @param {() => number[]} epochs */
  constructor(set, epochs) {
    this.set = set;
    this.splits = element("div", { class: "segments", role: "group", "aria-label": "Split" });
    this.word = element("label", { class: "number", for: "side-epoch" });
    this.slider = element("input", { class: "range", id: "side-epoch", type: "range", min: 0, step: 1 });
    this.latest = element("button", { class: "segment", type: "button", onclick: () => set({ epoch: "" }) }, "Latest");
    this.order = element("span", { class: "quiet", "data-part": "side-order" });
    const choices = element("span", { class: "side-choices" }, this.latest, this.splits, this.order);
    this.element = element("div", { class: "sample-slider side-slider" }, this.word, this.slider, choices);
    this.slider.addEventListener("input", () => set({ epoch: String(epochs()[Number(this.slider.value)] ?? "") }));
  }

  /** @param {number[]} epochs @param {number} epoch @param {string[]} splits @param {string} split @param {boolean} isLatest */
  show(epochs, epoch, splits, split, isLatest) {
    this.slider.max = String(epochs.length - 1);
    this.slider.value = String(epochs.indexOf(epoch));
    mark(this.slider, "aria-valuetext", `epoch ${epoch}`);
    write(this.word, `Epoch ${epoch}`);
    mark(this.latest, "aria-pressed", String(isLatest));
    this.splits.hidden = splits.length < 2;
    if (this.splits.dataset.shown !== splits.join())
      this.splits.replaceChildren(
        ...splits.map((name) =>
          element("button", { class: "segment", type: "button", onclick: () => this.set({ split: name }) }, name),
        ),
      );
    this.splits.dataset.shown = splits.join();
    splits.forEach((name, place) => mark(this.splits.children[place], "aria-pressed", String(name === split)));
  }
}

/** In which order the samples stand. @param {string} unit */
export const orderWord = (unit) => (unit ? `Worst in ${unit} first` : "As sent");

/** @param {RunRow} run @param {number | null} epoch */
export const columnHead = (run, epoch) =>
  element(
    "div",
    { class: "side-head", "data-hue": run.hue },
    element("a", { class: "side-link", href: run.url }, element("span", { class: "hue-dot" }), run.name || run.id),
    element("span", { class: "number quiet" }, epoch === null ? "no samples yet" : `epoch ${epoch}`),
  );

/**
 * Ids by the largest error that any run made on them; what every run has stands before what only some have.
 * @param {Sample[][]} columns
 * @returns {{ids: string[], unit: string}}  unit: in which errors were compared: the one of most samples; "" without one
 */
export function worstFirst(columns) {
  const [unit = ""] = unitsOf(columns.flat());
  /** @type {Map<string, {worst: number, runs: number}>} */
  const told = new Map();
  for (const sample of columns.flat()) {
    const before = told.get(sample.id) ?? { worst: -1, runs: 0 };
    const worst = Math.max(before.worst, errorIn(sample, unit) ?? -1);
    told.set(sample.id, { worst, runs: before.runs + 1 });
  }
  const ids = [...told].sort(([, a], [, b]) => b.runs - a.runs || b.worst - a.worst).map(([id]) => id);
  return { ids, unit };
}
