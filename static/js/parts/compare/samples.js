// @ts-check
/** The same samples as every compared run saw them, side by side under one slider of epochs. */
import { ask, withQuery } from "../../api.js";
import { element, write } from "../../element.js";
import { SampleCard } from "../samples/card.js";
import { LayerToggles, layersOf } from "../samples/layer-toggles.js";
import { columnHead, orderWord, SamplesHead, worstFirst } from "./samples-head.js";

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
    this.head = new SamplesHead((change) => setView(change), () => this.all());
    this.grid = element("div", { class: "side-samples" });
    const toggles = element("div", { class: "sample-toggles side-toggles", role: "group", "aria-label": "Layers" });
    const hiding = { hidden: () => view().hide, hide: (/** @type {string} */ hide) => setView({ hide }) };
    this.toggles = new LayerToggles(toggles, [this.grid], hiding);
    this.head.element.append(toggles);
    this.more = element("button", { class: "button", type: "button", hidden: true, onclick: () => this.showMore() });
    this.nothing = element("p", { class: "compare-message quiet", role: "status" });
    root.replaceChildren(this.head.element, this.grid, this.more, this.nothing);
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
    this.head.element.hidden = this.grid.hidden = !all.length;
    write(this.nothing, all.length ? "" : "None of these runs kept samples: run.samples(…) does.");
    if (!all.length) return;
    const wanted = this.view().epoch === "" ? all[all.length - 1] : Number(this.view().epoch);
    const epoch = all.findLast((one) => one <= wanted) ?? all[0];
    this.head.show(all, epoch, this.splitNames(), this.split(), this.view().epoch === "");
    const turn = ++this.turn;
    const columns = await Promise.all(this.runs.map((run) => this.column(run.id, epoch)));
    if (turn === this.turn) this.show(columns);
  }

  /** A run's samples at an epoch, or at the last one before it that it has. @param {string} run @param {number} wanted @returns {Promise<{epoch: number | null, samples: Sample[]}>} */
  async column(run, wanted) {
    const split = this.split();
    const epoch = (this.epochs.get(run)?.[split] ?? []).findLast((one) => one <= wanted) ?? null;
    if (epoch === null) return { epoch, samples: [] };
    const key = `${run}:${split}:${epoch}`;
    const path = withQuery(`/api/runs/${encodeURIComponent(run)}/samples`, { split, epoch });
    const known = this.kept.get(key) ?? ask(path).then((told) => told.samples);
    this.kept.set(key, known);
    known.catch(() => this.kept.delete(key));
    if (this.kept.size > KEPT) this.kept.delete(/** @type {string} */ (this.kept.keys().next().value));
    return { epoch, samples: await known };
  }

  /** @param {{epoch: number | null, samples: Sample[]}[]} columns */
  show(columns) {
    const { ids, unit } = worstFirst(columns.map((column) => column.samples));
    write(this.head.order, orderWord(unit));
    this.toggles.show(layersOf(columns.flatMap((column) => column.samples)));
    const shown = ids.slice(0, this.limit);
    const heads = this.runs.map((run, place) => columnHead(run, columns[place].epoch));
    const cells = shown.flatMap((id) =>
      columns.map(({ samples }, place) => this.cell(this.runs[place], id, samples.find((one) => one.id === id))),
    );
    this.grid.style.setProperty("--columns", String(this.runs.length));
    this.grid.replaceChildren(...heads, ...cells);
    this.more.hidden = ids.length <= shown.length;
    write(this.more, `Show all ${ids.length} samples`);
  }

  /** @param {RunRow} run @param {string} id @param {Sample | undefined} sample */
  cell(run, id, sample) {
    const kept = this.epochs.get(run.id)?.[this.split()]?.length;
    const why = kept ? "not kept at this epoch" : "this run kept none";
    if (!sample) return element("div", { class: "side-missing quiet" }, element("span", { class: "metric" }, id), why);
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
