// @ts-check
/** The samples of a run under one slider of epochs. */
import { ask, withQuery } from "../../api.js";
import { part } from "../../element.js";
import { toNumber } from "../../format.js";
import { SampleCard } from "./sample-card.js";
import { showControls } from "./sample-controls.js";
import { openLarge } from "./sample-large.js";

/** @typedef {import("../../types.js").Sample} Sample */
/** @typedef {import("./run-view.js").RunView} RunView */

const KEPT = 60; // epochs kept while the slider moves to and fro

export class Samples {
  /** @param {{root: HTMLElement, path: string, view: () => RunView, setView: (change: Partial<RunView>) => void}} options */
  constructor({ root, path, view, setView }) {
    this.root = root;
    this.path = path;
    this.view = view;
    this.setView = setView;
    /** @type {Record<string, number[]>} */
    this.epochs = {};
    /** @type {Map<string, Sample[]>} */
    this.kept = new Map();
    /** @type {Map<string, SampleCard>} */
    this.cards = new Map();
    /** @type {Sample[]} */
    this.shown = [];
    this.turn = 0;
    /** @type {{follow: () => void} | null} */
    this.large = null;
    this.slider = /** @type {HTMLInputElement} */ (part(root, "samples-epoch"));
    this.worst = /** @type {HTMLInputElement} */ (part(root, "samples-worst"));
    this.slider.addEventListener("input", () => setView({ epoch: String(this.here()[Number(this.slider.value)]) }));
    this.worst.addEventListener("change", () => setView({ worst: this.worst.checked ? "1" : "" }));
    part(root, "samples-follow").addEventListener("click", () =>
      setView({ epoch: this.view().epoch === "" ? String(this.here().at(-1)) : "" }),
    );
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

  /** The epoch to show: the one asked for or the nearest before it, else the latest. */
  epoch() {
    const wanted = this.view().epoch;
    const epochs = this.here();
    if (wanted === "") return epochs.at(-1);
    return epochs.findLast((epoch) => epoch <= Number(wanted)) ?? epochs[0];
  }

  /** Ask which epochs there are, and show one of them. */
  async load() {
    this.epochs = (await ask(`${this.path}/samples`)).epochs;
    this.epochs = Object.fromEntries(Object.entries(this.epochs).filter(([, epochs]) => epochs.length));
    this.kept.clear();
    await this.review();
  }

  /** New samples arrived. @param {{split: string, epoch: number}} event */
  async receive({ split, epoch }) {
    this.kept.delete(`${split}:${epoch}`);
    const epochs = new Set([...(this.epochs[split] ?? []), epoch]);
    this.epochs = { ...this.epochs, [split]: [...epochs].sort((a, b) => a - b) };
    await this.review();
  }

  async review() {
    this.root.hidden = !this.here().length;
    if (this.root.hidden) return;
    showControls(this);
    const turn = ++this.turn;
    const samples = await this.fetch(this.split(), Number(this.epoch()));
    if (turn === this.turn) this.show(samples);
  }

  /** @param {string} split @param {number} epoch */
  async fetch(split, epoch) {
    const key = `${split}:${epoch}`;
    const known = this.kept.get(key);
    if (known) return known;
    const { samples } = await ask(withQuery(`${this.path}/samples`, { split, epoch }));
    this.kept.set(key, samples);
    if (this.kept.size > KEPT) this.kept.delete(/** @type {string} */ (this.kept.keys().next().value));
    return samples;
  }

  /** Cards stay with their sample from epoch to epoch, so that only what changed moves. @param {Sample[]} samples */
  show(samples) {
    const ordered =
      this.view().worst === "1"
        ? [...samples].sort((a, b) => (toNumber(b.error_px) ?? -1) - (toNumber(a.error_px) ?? -1))
        : samples;
    this.shown = ordered;
    const grid = part(this.root, "samples-grid");
    const wanted = new Set(ordered.map((sample) => sample.id));
    for (const [id, card] of this.cards)
      if (!wanted.has(id)) {
        card.element.remove();
        this.cards.delete(id);
      }
    ordered.forEach((sample, place) => {
      const card = this.cards.get(sample.id) ?? new SampleCard(() => openLarge(this, sample.id));
      this.cards.set(sample.id, card);
      card.show(sample);
      if (grid.children[place] !== card.element) grid.insertBefore(card.element, grid.children[place] ?? null);
    });
    this.large?.follow();
  }
}
