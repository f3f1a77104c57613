// @ts-check
/** One chart: fetched and drawn when it comes into view, then kept up by the points that arrive. */
import { isServerFault, withQuery } from "../../api.js";
import { element, mark, write } from "../../element.js";
import { appendPoints, needsServer } from "./append.js";
import { cardHead, latestWords, showMarks } from "./card-head.js";
import { FigureSource } from "./figure-source.js";
import { placePins } from "./pins.js";
import { Plot } from "./plot.js";

/** @typedef {import("../../types.js").ChartInfo} ChartInfo */
/** @typedef {import("../../types.js").PointsEvent} PointsEvent */
/** @typedef {import("./wall.js").Wall} Wall */

const FETCH_GAP_MS = 1200; // between two answers of the server for what only it can draw

export class ChartCard {
  /** @param {ChartInfo} info @param {Wall} wall @param {{large?: boolean}} [options] */
  constructor(info, wall, { large = false } = {}) {
    this.info = info;
    this.wall = wall;
    this.large = large;
    this.isVisible = false;
    this.isDirty = false;
    this.isStale = true;
    this.drawnAt = this.cost = this.timer = 0;
    this.source = new FigureSource();
    /** @type {import("./append.js").Figure | null} */
    this.figure = null;
    this.latest = element("span", { class: "chart-latest number" });
    this.message = element("p", { class: "chart-message quiet", role: "status" });
    this.surface = element("div", { class: "chart-plot" });
    this.cursor = element("div", { class: "chart-cursor", "aria-hidden": "true" });
    this.pins = element("div", { class: "chart-pins" });
    this.element = element(
      "article",
      { class: "chart", "data-chart": info.id, "data-large": large, "aria-label": info.title },
      cardHead(this),
      element("div", { class: "chart-body" }, this.surface, this.cursor, this.pins, this.message),
    );
    this.plot = new Plot(this.surface, this.cursor, wall);
    this.plot.onResize = () => this.touch();
    this.showLatest();
    showMarks(this);
    wall.scheduler.members.add(this);
  }

  /** @param {boolean} visible */
  see(visible) {
    this.isVisible = visible;
    if (visible && this.isStale) this.fetch();
    if (visible && this.isDirty) this.wall.scheduler.wake();
  }

  /** Ask the server anew; now when in sight, else when it comes into sight. */
  invalidate() {
    this.isStale = true;
    if (!this.isVisible) return;
    const wait = Math.max(0, this.source.askedAt + FETCH_GAP_MS - performance.now());
    this.timer ||= setTimeout(() => this.fetch(), wait);
  }

  /** The view changed: draw what is there in the new range at once, and fetch what belongs to it. */
  review() {
    showMarks(this);
    this.isStale = true;
    if (!this.isVisible) return;
    this.touch();
    this.fetch();
  }

  /** Draw again with what is there. */
  touch() {
    if (!this.figure) return;
    this.isDirty = true;
    this.wall.scheduler.wake();
  }

  async fetch() {
    clearTimeout(this.timer);
    this.timer = 0;
    this.isStale = false;
    if (!this.figure) mark(this.element, "data-phase", "loading");
    const path = this.wall.chartPath(this.info.id);
    try {
      const answer = await this.source.ask(withQuery(path, this.wall.shared.queryFor(this)));
      if (!answer) return;
      this.figure = answer.figure;
      write(this.message, "");
      this.touch();
      for (const event of answer.meanwhile) this.append(event);
    } catch (problem) {
      this.isStale = true;
      if (!this.figure) return this.fail(problem);
      if (isServerFault(problem)) this.timer ||= setTimeout(() => this.fetch(), 4 * FETCH_GAP_MS);
    }
  }

  /** @param {unknown} problem */
  fail(problem) {
    mark(this.element, "data-phase", "failed");
    this.message.replaceChildren(
      problem instanceof Error ? problem.message : String(problem),
      " ",
      element("button", { class: "button", type: "button", onclick: () => this.fetch() }, "Try again"),
    );
  }

  draw() {
    this.isDirty = false;
    if (!this.figure || !this.plot.isReady()) return;
    const before = performance.now();
    this.plot.draw(this.wall.dressed(this.figure, this.large), this.wall.shared.range(this.figure), this.large);
    placePins(this.pins, this.surface, this.figure, this.wall.onAlert);
    this.drawnAt = performance.now();
    this.cost = this.drawnAt - before;
    mark(this.element, "data-phase", "drawn");
    mark(this.element, "data-points", String(this.figure.data.reduce((sum, trace) => sum + (trace.x?.length ?? 0), 0)));
  }

  /** @param {PointsEvent} event */
  receive(event) {
    if (!event.truncated && !this.info.metrics.some((metric) => metric in event.series || metric in event.epochs))
      return;
    this.showLatest();
    if (!this.source.keep(event)) this.append(event);
  }

  /** @param {PointsEvent} event */
  append(event) {
    if (!this.figure || event.truncated || this.wall.view().smooth !== "0") return this.invalidate();
    const bounds = { createdMs: this.wall.createdMs, budget: this.plot.budget() };
    const outcome = appendPoints(this.figure, event, bounds);
    if (outcome === "appended") this.touch();
    if (outcome === "stale" || needsServer(this.figure, event) || !this.figure.data.length) this.invalidate();
  }

  showLatest() {
    this.latest.replaceChildren(...latestWords(this.info.metrics, this.wall.latest));
  }

  destroy() {
    clearTimeout(this.timer);
    this.source.end();
    this.wall.scheduler.members.delete(this);
    this.plot.destroy();
    this.element.remove();
  }
}
