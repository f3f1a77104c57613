// @ts-check
/** One chart: fetched and drawn when it comes into view, then kept up by the points that arrive. */
import { isServerFault, withQuery } from "../../api.js";
import { element, mark, write } from "../../element.js";
import { needsServer, takes } from "./append.js";
import { Arrivals } from "./arrivals.js";
import { cardFrame, failure } from "./card-frame.js";
import { latestWords, showMarks } from "./card-head.js";
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
    this.isVisible = this.isDirty = this.isAwaited = this.hasNews = false;
    this.isStale = true;
    this.drawnAt = this.cost = this.timer = 0;
    this.source = new FigureSource();
    this.arrivals = new Arrivals();
    /** @type {import("./append.js").Figure | null} */
    this.figure = null;
    this.latest = element("span", { class: "chart-latest number" });
    const frame = cardFrame(this);
    this.element = frame.element;
    this.message = frame.message;
    this.surface = frame.surface;
    this.pins = frame.pins;
    this.plot = new Plot(frame.surface, frame.cursor, wall);
    this.plot.onResize = () => this.touch();
    this.showLatest();
    showMarks(this);
    wall.scheduler.members.add(this);
  }

  /** It came into sight, or went. @param {boolean} visible */
  see(visible) {
    this.isVisible = visible;
    if (!this.isSeen()) return;
    if (this.hasNews) this.showLatest();
    if (this.isStale) this.fetch();
    if (this.isDirty) this.wall.scheduler.wake();
  }

  /** Whether there is somebody to see it: a tab in the back asks for nothing. */
  isSeen() {
    return this.isVisible && !document.hidden;
  }

  /** Ask the server anew; now when in sight, else when it comes into sight. */
  invalidate() {
    this.isStale = true;
    if (!this.isSeen()) return;
    const wait = Math.max(0, this.source.askedAt + FETCH_GAP_MS - performance.now());
    this.timer ||= setTimeout(() => this.fetch(false), wait);
  }

  /** The view changed: draw what is there in the new range at once, and fetch what belongs to it. */
  review() {
    showMarks(this);
    this.isStale = true;
    if (!this.isVisible) return;
    this.touch();
    this.fetch();
  }

  /** Draw again with what is there; `isAwaited`: as soon as it can be. */
  touch(isAwaited = true) {
    if (!this.figure) return;
    this.isDirty = true;
    this.isAwaited ||= isAwaited;
    this.wall.scheduler.wake();
  }

  /** Ask for the figure; `isAwaited` as of `touch`. */
  async fetch(isAwaited = true) {
    clearTimeout(this.timer);
    this.timer = 0;
    this.isStale = false;
    if (!this.figure) mark(this.element, "data-phase", "loading");
    try {
      const path = withQuery(this.wall.chartPath(this.info.id), this.wall.shared.queryFor(this));
      const answer = await this.source.ask(path);
      if (!answer) return;
      this.figure = answer.figure;
      this.arrivals.begin();
      write(this.message, "");
      this.touch(isAwaited);
      for (const event of answer.meanwhile) this.append(event);
    } catch (problem) {
      this.isStale = true;
      if (!this.figure) {
        mark(this.element, "data-phase", "failed");
        this.message.replaceChildren(...failure(problem, () => this.fetch()));
      }
      if (this.figure && isServerFault(problem)) this.timer ||= setTimeout(() => this.fetch(false), 4 * FETCH_GAP_MS);
    }
  }

  draw() {
    this.isDirty = this.isAwaited = false;
    if (!this.figure || !this.plot.isReady()) return;
    const before = performance.now();
    const { createdMs } = this.wall;
    if (!this.arrivals.pour(this.figure, { createdMs, budget: this.plot.budget() })) this.invalidate();
    this.plot.draw(this.wall.dressed(this.figure, this.large), this.wall.shared.range(this.figure), this.large);
    placePins(this.pins, this.surface, this.figure, this.wall.onAlert);
    this.drawnAt = performance.now();
    this.cost = this.drawnAt - before;
    mark(this.element, "data-phase", "drawn");
    mark(this.element, "data-points", String(this.figure.data.reduce((sum, trace) => sum + (trace.x?.length ?? 0), 0)));
  }

  /** @param {PointsEvent} event */
  receive(event) {
    if (!event.truncated && !this.info.metrics.some((name) => name in event.series || name in event.epochs)) return;
    this.hasNews = true;
    if (!this.source.keep(event)) this.append(event);
  }

  /** @param {PointsEvent} event */
  append(event) {
    if (!this.figure || event.truncated || this.wall.view().smooth !== "0") return this.invalidate();
    if (takes(this.figure, event) && this.arrivals.add(event, this.isSeen())) this.touch(false);
    if (!this.arrivals.isWhole || needsServer(this.figure, event) || !this.figure.data.length) this.invalidate();
  }

  showLatest() {
    this.hasNews = false;
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
