// @ts-check
/** All overlaid charts of a comparison: which there are, which are drawn, and what they share. */
import { part } from "../../element.js";
import { ChartCard } from "../charts/card.js";
import { FullScreen } from "../charts/full.js";
import { forgetColours, loadPlotly } from "../charts/plotly.js";
import { Scheduler } from "../charts/scheduler.js";
import { ChartGroups } from "./chart-groups.js";
import { listOf } from "./compare-view.js";
import { saveCsv } from "./figure-csv.js";
import { FixedCharts } from "./fixed-charts.js";
import { OverlayView } from "./overlay-view.js";

/** @typedef {import("./compare-view.js").CompareView} CompareView */
/** @typedef {import("../charts/wall.js").Wall} Wall */

const LEGEND = { orientation: "h", x: 0, y: 1.01, yanchor: "bottom" };
const NEAR = "240px"; // how far below the window a chart is fetched ahead

export class OverlayWall {
  /** @param {{root: HTMLElement, lead: HTMLElement, alerts: HTMLElement, legend: HTMLElement, plotlyUrl: string, view: () => CompareView, setView: (change: Partial<CompareView>) => void}} options */
  constructor({ root, lead, alerts, legend, plotlyUrl, view, setView }) {
    this.view = view;
    this.shared = new OverlayView(view, setView);
    this.plotlyUrl = plotlyUrl;
    /** @type {any} */
    this.plotly = null;
    this.scheduler = new Scheduler();
    this.latest = new Map();
    this.onAlert = () => {};
    /** @type {Set<ChartCard>} */
    this.held = new Set();
    this.seen = new IntersectionObserver((entries) => this.look(entries), { rootMargin: NEAR });
    this.groups = new ChartGroups(root, this);
    /** What the large chart looks through. @type {{listed: import("../../types.js").ChartSection[]}} */
    this.sections = { listed: [] };
    this.full = new FullScreen(/** @type {HTMLDialogElement} */ (part(document, "full")), this.asWall());
    this.fixed = new FixedCharts(this, { lead, alerts, legend });
    document.addEventListener("themechange", () => {
      forgetColours();
      for (const card of this.cards()) card.touch();
    });
  }

  /** A chart's card takes this for the wall of the Run page: it asks the same of both. @returns {Wall} */
  asWall() {
    return /** @type {any} */ (this);
  }

  cards() {
    return [...this.held, ...(this.full.card ? [this.full.card] : [])];
  }

  /** @param {IntersectionObserverEntry[]} entries */
  look(entries) {
    for (const { target, isIntersecting } of entries)
      for (const card of this.held) if (card.element === target) card.see(isIntersecting);
  }

  /** @param {import("./comparison.js").Comparison} told */
  show(told) {
    const charts = told.charts.map((metric) => ({ id: metric, title: metric, metrics: [metric], kind: "overlay" }));
    this.sections.listed = [{ id: "all", title: "All", charts }];
    this.groups.show(charts, told.yardstick);
    this.fixed.show(charts[0] ?? null);
    this.full.show(this.view().full);
    if (!this.plotly) this.load();
  }

  async load() {
    this.plotly = await loadPlotly(this.plotlyUrl).catch(() => null);
    for (const card of this.cards()) card.touch();
  }

  /** @param {import("../../types.js").ChartInfo} info */
  hold(info) {
    const card = new ChartCard({ ...info }, this.asWall());
    this.held.add(card);
    this.seen.observe(card.element);
    return card;
  }

  /** @param {ChartCard} card */
  drop(card) {
    this.seen.unobserve(card.element);
    this.held.delete(card);
    card.destroy();
  }

  /** @param {string} id */
  chartPath(id) {
    return id === "alerts" ? "/api/compare/alerts" : "/api/compare/chart";
  }

  /** Leave out what is hidden; the rest keeps its colours. Over the page the chips are not in sight: the names are. @param {{data: any[], layout: any}} told @param {boolean} large */
  dressed(told, large = false) {
    const isLines = !told.layout.meta?.lanes;
    const named = { ...told.layout, meta: { ...told.layout.meta, legend: isLines ? LEGEND : null } };
    const figure = { ...told, layout: large && isLines ? { ...named, showlegend: true, legend: LEGEND } : named };
    this.fixed.dress(figure, Boolean(this.view().group));
    const hidden = new Set(listOf(this.view().hidden));
    if (!hidden.size || this.view().group) return figure;
    return { ...figure, data: figure.data.filter((trace) => !hidden.has(trace.meta?.run)) };
  }

  /** The view changed. @param {string[]} changed */
  review(changed) {
    const any = (/** @type {string[]} */ ...names) => names.some((name) => changed.includes(name));
    if (any("full")) this.full.show(this.view().full);
    if (any("q", "pin")) this.groups.arrange();
    if (any("x", "scale", "logs", "from", "to", "baseline", "group", "runs") || (any("hidden") && this.view().group))
      for (const card of this.cards()) card.review();
    else if (any("hidden")) for (const card of this.cards()) card.touch();
  }

  /** New points of a run: only the server can lay them over the others. @param {import("../../types.js").PointsEvent} event */
  receive(event) {
    const bySteps = ["step", "time"].includes(this.view().x);
    const isIn = (/** @type {string} */ metric) => metric in event.epochs || (bySteps && metric in event.series);
    for (const card of this.cards()) if (event.truncated || card.info.metrics.some(isIn)) card.invalidate();
  }

  /** Alerts changed. */
  realarm() {
    this.fixed.cards.alerts?.invalidate();
  }

  /** After a gap in the stream. */
  catchUp() {
    for (const card of this.cards()) card.invalidate();
  }

  /** Stand every chart's cursor at one place. @param {number | null} x */
  point(x) {
    for (const card of this.cards()) if (card.isVisible) card.plot.pointAt(x);
  }

  /** Save what a chart draws. @param {ChartCard} card */
  saveCsv(card) {
    if (card.figure) saveCsv(this.dressed(card.figure), card.info.title);
  }
}
