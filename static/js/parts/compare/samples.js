// @ts-check
/** The same samples as every compared run saw them, side by side under one slider of epochs. */
import { ask, withQuery } from "../../api.js";
import { element, mark, write } from "../../element.js";
import { toNumber } from "../../format.js";
import { SampleCard } from "../run/sample-card.js";

/** @typedef {import("../../types.js").Sample} Sample */
/** @typedef {import("../../types.js").RunRow} RunRow */
/** @typedef {import("./compare-view.js").CompareView} CompareView */

const KEPT = 120; // answers kept while the slider moves to and fro
const SHOWN_AT_FIRST = 12;

export class SideSamples {
  /** @param {{root: HTMLElement, view: () => CompareView, setView: (change: Partial<CompareView>) => void}} options */
  constructor({ root, view, setView }) {
    this.root = root;
    this.view = view;
    this.setView = setView;
    /** @type {RunRow[]} */
    this.runs = [];
    /** Epochs with samples by run, then split. @type {Map<string, Record<string, number[]>>} */
    this.epochs = new Map();
    /** @type {Map<string, Promise<Sample[]>>} */
    this.kept = new Map();
    /** @type {Map<string, SampleCard>} */
    this.cards = new Map();
    this.turn = 0;
    this.limit = SHOWN_AT_FIRST;
    this.splits = element("div", { class: "segments", role: "group", "aria-label": "Split" });
    this.word = element("label", { class: "number", for: "side-epoch" });
    this.slider = element("input", { class: "range", id: "side-epoch", type: "range", min: 0, step: 1 });
    this.latest = element("button", { class: "segment", type: "button", onclick: () => this.setView({ epoch: "" }) }, "Latest");
    this.head = element("div", { class: "sample-slider side-slider" }, this.word, this.slider, element("span", {}, this.splits, this.latest));
    this.grid = element("div", { class: "side-samples" });
    this.more = element("button", { class: "button", type: "button", hidden: true, onclick: () => this.showMore() });
    this.nothing = element("p", { class: "compare-message quiet", role: "status" });
    root.replaceChildren(this.head, this.grid, this.more, this.nothing);
    this.slider.addEventListener("input", () => this.setView({ epoch: String(this.all()[Number(this.slider.value)] ?? "") }));
  }

  /** @param {RunRow[]} runs */
  async load(runs) {
    this.runs = runs;
    const told = await Promise.all(runs.map((run) => ask(`/api/runs/${encodeURIComponent(run.id)}/samples`)));
    this.epochs = new Map(runs.map((run, place) => [run.id, told[place].epochs]));
    this.kept.clear();
    await this.review();
  }

  /** New samples of a run arrived. @param {{run: string, split: string, epoch: number}} event */
  async receive({ run, split, epoch }) {
    const known = this.epochs.get(run);
    if (!known) return;
    this.kept.delete(`${run}:${split}:${epoch}`);
    known[split] = [...new Set([...(known[split] ?? []), epoch])].sort((a, b) => a - b);
    await this.review();
  }

  /** Splits that any run has samples of, validation first. */
  splitNames() {
    const names = new Set([...this.epochs.values()].flatMap((of) => Object.keys(of).filter((name) => of[name].length)));
    return [...names].sort((a, b) => Number(b === "val") - Number(a === "val") || (a < b ? -1 : 1));
  }

  split() {
    const names = this.splitNames();
    return names.includes(this.view().split) ? this.view().split : (names[0] ?? "");
  }

  /** Every epoch that any run has samples of. */
  all() {
    const epochs = [...this.epochs.values()].flatMap((of) => of[this.split()] ?? []);
    return [...new Set(epochs)].sort((a, b) => a - b);
  }

  async review() {
    if (this.view().tab !== "samples") return;
    const all = this.all();
    this.head.hidden = this.grid.hidden = !all.length;
    write(this.nothing, all.length ? "" : "None of these runs kept samples: run.samples(…) does.");
    if (!all.length) return;
    const wanted = this.view().epoch === "" ? all[all.length - 1] : Number(this.view().epoch);
    const epoch = all.findLast((one) => one <= wanted) ?? all[0];
    this.showHead(all, epoch);
    const turn = ++this.turn;
    const columns = await Promise.all(this.runs.map((run) => this.column(run.id, epoch)));
    if (turn === this.turn) this.show(columns);
  }

  /** @param {number[]} all @param {number} epoch */
  showHead(all, epoch) {
    this.slider.max = String(all.length - 1);
    this.slider.value = String(all.indexOf(epoch));
    mark(this.slider, "aria-valuetext", `epoch ${epoch}`);
    write(this.word, `Epoch ${epoch}`);
    mark(this.latest, "aria-pressed", String(this.view().epoch === ""));
    const names = this.splitNames();
    this.splits.hidden = names.length < 2;
    if (this.splits.dataset.shown !== names.join())
      this.splits.replaceChildren(...names.map((name) => element("button", { class: "segment", type: "button", onclick: () => this.setView({ split: name }) }, name)));
    this.splits.dataset.shown = names.join();
    names.forEach((name, place) => mark(this.splits.children[place], "aria-pressed", String(name === this.split())));
  }

  /** A run's samples at an epoch, or at the last one before it that it has. @param {string} run @param {number} wanted @returns {Promise<{epoch: number | null, samples: Sample[]}>} */
  async column(run, wanted) {
    const split = this.split();
    const epoch = (this.epochs.get(run)?.[split] ?? []).findLast((one) => one <= wanted) ?? null;
    if (epoch === null) return { epoch, samples: [] };
    const key = `${run}:${split}:${epoch}`;
    const known = this.kept.get(key) ?? ask(withQuery(`/api/runs/${encodeURIComponent(run)}/samples`, { split, epoch })).then((told) => told.samples);
    this.kept.set(key, known);
    if (this.kept.size > KEPT) this.kept.delete(/** @type {string} */ (this.kept.keys().next().value));
    return { epoch, samples: await known };
  }

  /** @param {{epoch: number | null, samples: Sample[]}[]} columns */
  show(columns) {
    const ids = worstFirst(columns.map((column) => column.samples));
    const shown = ids.slice(0, this.limit);
    const heads = this.runs.map((run, place) => columnHead(run, columns[place].epoch));
    const cells = shown.flatMap((id) => columns.map((column, place) => this.cell(this.runs[place], id, column.samples.find((one) => one.id === id))));
    this.grid.style.setProperty("--columns", String(this.runs.length));
    this.grid.replaceChildren(...heads, ...cells);
    this.more.hidden = ids.length <= shown.length;
    write(this.more, `Show all ${ids.length} samples`);
  }

  /** @param {RunRow} run @param {string} id @param {Sample | undefined} sample */
  cell(run, id, sample) {
    if (!sample) return element("div", { class: "side-missing quiet" }, element("span", { class: "metric" }, id), "not kept at this epoch");
    const key = `${run.id}:${id}`;
    const card = this.cards.get(key) ?? new SampleCard();
    this.cards.set(key, card);
    card.show(sample);
    return card.element;
  }

  showMore() {
    this.limit = Infinity;
    this.review().catch(() => {});
  }
}

/** @param {RunRow} run @param {number | null} epoch */
const columnHead = (run, epoch) =>
  element(
    "div",
    { class: "side-head", "data-hue": run.hue },
    element("a", { class: "side-link", href: run.url }, element("span", { class: "hue-dot" }), run.name || run.id),
    element("span", { class: "number quiet" }, epoch === null ? "no samples yet" : `epoch ${epoch}`),
  );

/** Ids by the largest error that any run made on them; what every run has stands before what only some have. @param {Sample[][]} columns */
function worstFirst(columns) {
  /** @type {Map<string, {worst: number, runs: number}>} */
  const told = new Map();
  for (const sample of columns.flat()) {
    const before = told.get(sample.id) ?? { worst: -1, runs: 0 };
    told.set(sample.id, { worst: Math.max(before.worst, toNumber(sample.error_px) ?? -1), runs: before.runs + 1 });
  }
  return [...told].sort(([, a], [, b]) => b.runs - a.runs || b.worst - a.worst).map(([id]) => id);
}
