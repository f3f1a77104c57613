// @ts-check
/** All charts of a run: which ones there are, which are shown, and what they share (view, zoom, cursor, latest values). */
import { withQuery } from "../../api.js";
import { part } from "../../element.js";
import { ChartCard } from "./card.js";
import { FullScreen } from "./full.js";
import { Latest } from "./latest.js";
import { Listing } from "./listing.js";
import { save } from "./plot.js";
import { forgetColours, loadPlotly, loadPlotlySoon } from "./plotly.js";
import { Scheduler } from "./scheduler.js";
import { Sections } from "./sections.js";
import { SharedView } from "./shared-view.js";

/** @typedef {import("../../types.js").PointsEvent} PointsEvent */
/** @typedef {import("../run/run-view.js").RunView} RunView */

const PIN_GAP_MS = 600; // what belongs together, a rate's drop and the alert it ends, is told in one go
const WEIGHT = /^(?:loss_)?weight\//;

export class Wall {
  /**
   * @param {{root: HTMLElement, path: string, createdMs: number, plotlyUrl: string, isOver: () => boolean, view: () => RunView, setView: (change: Partial<RunView>) => void}} options
   */
  constructor({ root, path, createdMs, plotlyUrl, isOver, view, setView }) {
    this.path = path;
    this.createdMs = createdMs;
    this.isOver = isOver;
    /** @type {(alert: number) => void} somebody pressed an alert's pin */
    this.onAlert = () => {};
    /** @type {(point: any, isShared: boolean) => void} somebody pressed a point; shared: on the axis that all charts have */
    this.onPress = () => {};
    /** @type {(x: number | null) => void} the cursor moved */
    this.onPoint = () => {};
    /** @type {number | null} where the cursor stands while nobody points */
    this.rest = null;
    this.view = view;
    this.shared = new SharedView(view, setView);
    /** @type {any} */
    this.plotly = null;
    this.plotlyUrl = plotlyUrl;
    this.scheduler = new Scheduler();
    this.latest = new Latest(() => this.cards());
    this.listing = new Listing(path, () => view().q, () => this.load());
    this.sections = new Sections(root, this);
    this.full = new FullScreen(/** @type {HTMLDialogElement} */ (part(document, "full")), this);
    this.pinning = 0;
    loadPlotlySoon(plotlyUrl);
    document.addEventListener("themechange", () => {
      forgetColours();
      for (const card of this.cards()) card.touch();
    });
    // Who comes back to the tab gets all that was missed at once; while nobody looked nothing was drawn or asked for.
    document.addEventListener("visibilitychange", () => {
      for (const card of this.cards()) card.see(card.isVisible);
    });
  }

  /** @returns {ChartCard[]} */
  cards() {
    return [...this.sections.cards.values(), ...(this.full.card ? [this.full.card] : [])];
  }

  /** Ask which charts there are, and for the latest values; then for Plotly. */
  async load() {
    const { sections, series } = await this.listing.ask();
    this.sections.show(sections, series.length);
    this.full.show(this.view().full);
    this.latest.take(series);
    if (!this.plotly && sections.length) {
      this.plotly = await loadPlotly(this.plotlyUrl);
      for (const card of this.cards()) card.touch();
    }
  }

  /** Ask again for the list, soon. */
  relist() {
    this.listing.soon();
  }

  /** What is pinned on the charts changed: those in sight are asked for again, soon, and all others when they are. */
  repin() {
    this.pinning ||= setTimeout(() => {
      this.pinning = 0;
      for (const card of this.cards()) card.invalidate();
    }, PIN_GAP_MS);
  }

  /** After a gap in the stream: everything that is shown is asked for again. */
  catchUp() {
    for (const card of this.cards()) card.invalidate();
    return this.load();
  }

  /** @param {PointsEvent} event */
  receive(event) {
    for (const [metric, points] of Object.entries(event.epochs))
      if (WEIGHT.test(metric) && this.latest.get(metric) !== points.at(-1)?.value) this.repin();
    this.latest.hear(event);
    this.listing.hear(event);
    for (const card of this.cards()) card.receive(event);
  }

  /** The view changed. @param {string[]} changed */
  review(changed) {
    if (changed.includes("full")) this.full.show(this.view().full);
    if (changed.includes("pin")) this.sections.arrange();
    if (changed.includes("q")) this.relist();
    if (changed.some((name) => ["x", "scale", "logs", "smooth", "from", "to"].includes(name)))
      for (const card of this.cards()) card.review();
  }

  /** Stand every chart's cursor at one place. @param {number | null} x */
  point(x) {
    for (const card of this.cards()) if (card.isVisible) card.plot.pointAt(x ?? this.rest);
    this.onPoint(x);
  }

  /** Where a chart's figure is asked for. @param {string} id */
  chartPath(id) {
    return `${this.path}/charts/${encodeURIComponent(id)}`;
  }

  /** A run's figures are drawn as they come. @param {{data: any[], layout: any}} figure @param {boolean} _large */
  dressed(figure, _large) {
    return figure;
  }

  /** @param {ChartCard} card */
  saveCsv(card) {
    save(
      withQuery(`${this.path}/export.csv`, { metric: card.info.metrics }),
      `${card.info.title.replace(/[^\w.-]+/g, "_")}.csv`,
    );
  }
}
