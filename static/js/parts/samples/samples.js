// @ts-check
/** The samples of a run under one slider of epochs. */
import { ask, withQuery } from "../../api.js";
import { part } from "../../element.js";
import { tell } from "../notice.js";
import { cellOf, cellWord, unitsOf } from "./facts.js";
import { Filters } from "./filters.js";
import { Grid } from "./grid.js";
import { LargeSample } from "./large.js";
import { LayerToggles, layersOf } from "./layer-toggles.js";
import { arrange } from "./order.js";
import { Scrubber } from "./scrubber.js";
import { showSplits } from "./splits.js";
import { Tracks } from "./tracks.js";

/** @typedef {import("../../types.js").Sample} Sample */
/** @typedef {import("../run/run-view.js").RunView} RunView */

const KEPT = 60; // epochs kept while the slider moves to and fro
const KEYS = ["split", "epoch", "sort", "find", "above", "flag", "cell", "hide", "unit"];

export class Samples {
  /** @param {{root: HTMLElement, path: string, view: () => RunView, setView: (change: Partial<RunView>) => void}} options */
  constructor({ root, path, view, setView }) {
    this.root = root;
    this.path = path;
    this.view = view;
    this.setView = setView;
    /** @type {Record<string, number[]>} */
    this.epochs = {};
    /** @type {Map<string, Promise<Sample[]>>} */
    this.kept = new Map();
    /** @type {Sample[]} */
    this.all = [];
    this.turn = 0;
    this.tracks = new Tracks();
    /** @type {LargeSample | null} */
    this.large = null;
    this.hovered = /** @type {number | null} */ (null);
    this.hiding = { hidden: () => view().hide, hide: (/** @type {string} */ hide) => setView({ hide }) };
    const grid = part(root, "samples-grid");
    this.grid = new Grid(grid, { open: (id) => (this.large = new LargeSample(this, id)), courseOf: (id) => this.courseOf(id) });
    this.toggles = new LayerToggles(part(root, "samples-layers"), [grid], this.hiding);
    this.filters = new Filters(part(root, "samples-filters"), { view, setView });
    this.scrubber = new Scrubber(root, { go: (epoch) => this.go(epoch), epochs: () => this.here(), epoch: () => this.epoch() });
  }

  /** @returns {string} */
  split() {
    const { split } = this.view();
    return split in this.epochs ? split : "val" in this.epochs ? "val" : (Object.keys(this.epochs)[0] ?? "");
  }

  /** Epochs that the shown split has samples of. */
  here() {
    return this.epochs[this.split()] ?? [];
  }

  /** The epoch to show: under the charts' cursor, else the one asked for or the nearest before it, else the latest. */
  epoch() {
    const epochs = this.here();
    const wanted = this.hovered ?? (this.view().epoch === "" ? Infinity : Number(this.view().epoch));
    return epochs.findLast((epoch) => epoch <= wanted) ?? epochs[0];
  }

  /** @param {number | null} epoch  null follows the latest */
  go(epoch) {
    this.setView({ epoch: epoch === null || epoch === undefined ? "" : String(epoch) });
  }

  /** @param {string} id */
  courseOf(id) {
    const { epochs } = this.tracks;
    return { epochs, errors: this.tracks.of(id), epoch: this.epoch(), go: (/** @type {number} */ epoch) => this.go(epoch) };
  }

  closeLarge() {
    this.large = null;
  }

  /** Ask which epochs there are, and show one of them. */
  async load() {
    const told = (await ask(`${this.path}/samples`)).epochs;
    this.epochs = Object.fromEntries(Object.entries(told).filter(([, epochs]) => epochs.length));
    this.kept.clear();
    this.tracks.split = "";
    await this.review();
  }

  /** New samples arrived. @param {{split: string, epoch: number}} event */
  async receive({ split, epoch }) {
    this.kept.delete(`${split}:${epoch}`);
    const epochs = new Set([...(this.epochs[split] ?? []), epoch]);
    this.epochs = { ...this.epochs, [split]: [...epochs].sort((a, b) => a - b) };
    if (split === this.tracks.split) this.tracks.patch(epoch, await this.fetch(split, epoch));
    await this.review();
  }

  /** @param {string[]} [changed]  parts of the view */
  async review(changed = KEYS) {
    if (!changed.some((name) => KEYS.includes(name))) return;
    this.root.hidden = !this.here().length;
    if (this.root.hidden) return;
    showSplits(this);
    this.scrubber.show(this.view().epoch === "");
    const [turn, split] = [++this.turn, this.split()];
    const tracks = this.tracks.split === split ? null : this.tracks.load(this.path, split);
    const [samples] = await Promise.all([this.fetch(split, this.epoch()), tracks]);
    if (turn === this.turn) this.show(samples);
  }

  /** @param {string} split @param {number} epoch @returns {Promise<Sample[]>} */
  fetch(split, epoch) {
    const key = `${split}:${epoch}`;
    const known = this.kept.get(key);
    if (known) return known;
    const asked = ask(withQuery(`${this.path}/samples`, { split, epoch })).then((told) => told.samples);
    this.kept.set(key, asked);
    asked.catch(() => this.kept.delete(key));
    if (this.kept.size > KEPT) this.kept.delete(/** @type {string} */ (this.kept.keys().next().value));
    return asked;
  }

  /** @param {Sample[]} samples */
  show(samples) {
    this.all = samples;
    const units = unitsOf(samples);
    const unit = units.includes(this.view().unit) ? this.view().unit : (units[0] ?? "");
    const shown = arrange(samples, { ...this.view(), unit }, (id) => this.tracks.trend(id));
    const hasFlags = samples.some((one) => one.gt_done !== null);
    this.filters.show(shown.length, samples.length, { hasFlags, units, unit });
    this.toggles.show(layersOf(samples));
    this.grid.show(shown);
    this.large?.follow();
  }

  /** The samples of a cell of the confusion. @param {string} split @param {string} truth @param {string} taken */
  showCell(split, truth, taken) {
    if (!this.all.some(cellOf)) return tell("To see the samples of a cell, give run.samples gt_class and scores.");
    this.setView({ split, cell: cellWord(truth, taken) });
    this.root.scrollIntoView({ block: "start" });
  }
}
