// @ts-check
/** All overlaid charts of a comparison: which there are, which are drawn, and what they share. */
import { FullScreen } from "../charts/full.js";
import { save } from "../charts/plot.js";
import { forgetColours, loadPlotly } from "../charts/plotly.js";
import { Scheduler } from "../charts/scheduler.js";
import { ChartCard } from "../charts/card.js";
import { element, part } from "../../element.js";
import { ChartGroups } from "./chart-groups.js";
import { listOf } from "./compare-view.js";
import { csvOf } from "./figure-csv.js";
import { OverlayView } from "./overlay-view.js";

/** @typedef {import("./compare-view.js").CompareView} CompareView */
/** @typedef {import("../charts/wall.js").Wall} Wall */

const NEAR = "240px"; // how far below the window a chart is fetched ahead
const ALERT_ROW_PX = 30;

export class OverlayWall {
  /** @param {{root: HTMLElement, lead: HTMLElement, alerts: HTMLElement, plotlyUrl: string, view: () => CompareView, setView: (change: Partial<CompareView>) => void}} options */
  constructor({ root, lead, alerts, plotlyUrl, view, setView }) {
    this.places = { lead, alerts };
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
    /** @type {{lead: ChartCard | null, alerts: ChartCard | null}} */
    this.fixed = { lead: null, alerts: null };
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
    this.fix("lead", charts[0] ?? null);
    this.fix("alerts", { id: "alerts", title: "Alerts of all runs", metrics: [], kind: "alerts" });
    const rows = `${Math.max(96, 64 + ALERT_ROW_PX * told.runs.length)}px`;
    this.fixed.alerts?.element.style.setProperty("--plot-height", rows);
    this.full.show(this.view().full);
    if (!this.plotly) this.load();
  }

  async load() {
    this.plotly = await loadPlotly(this.plotlyUrl).catch(() => null);
    for (const card of this.cards()) card.touch();
  }

  /** Hold a chart at its place in the overview. @param {"lead" | "alerts"} place @param {import("../../types.js").ChartInfo | null} info */
  fix(place, info) {
    const now = this.fixed[place];
    if (now?.info.id === info?.id) return;
    if (now) this.drop(now);
    this.fixed[place] = info && this.hold(info);
    this.places[place].replaceChildren(this.fixed[place]?.element ?? element("p", { class: "compare-card compare-message quiet" }, "These runs have no metric in common."));
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

  /** Leave out what is hidden; the rest keeps its colours. @param {{data: any[], layout: any}} figure */
  dressed(figure) {
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
    for (const card of this.cards())
      if (event.truncated || card.info.metrics.some((metric) => metric in event.epochs || (bySteps && metric in event.series)))
        card.invalidate();
  }

  /** Alerts changed. */
  realarm() {
    this.fixed.alerts?.invalidate();
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
    if (!card.figure) return;
    const url = URL.createObjectURL(new Blob([csvOf(this.dressed(card.figure))], { type: "text/csv" }));
    save(url, `${card.info.title.replace(/[^\w.-]+/g, "_")}.csv`);
    setTimeout(() => URL.revokeObjectURL(url), 10_000);
  }
}
