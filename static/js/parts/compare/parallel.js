// @ts-check
/**
 * Parallel coordinates on a canvas: the figure is Plotly's, but its own drawing of this kind compiles code in the browser,
 * which the page's policy refuses.
 */
import { element, mark } from "../../element.js";
import { plain } from "./figure-csv.js";
import { extentOf, keptBy } from "./parallel-axes.js";
import { AxisHandles } from "./parallel-handles.js";
import { drawAxes } from "./parallel-ink.js";
import { drawLines } from "./parallel-lines.js";

/** @typedef {import("./parallel-axes.js").Dimension} Dimension */
/** @typedef {import("./parallel-axes.js").Range} Range */
/** @typedef {Dimension & {low: number, high: number}} Axis */

export const TOP = 34; // pixels above the axes, for their names
export const BOTTOM = 18;
const SIDE = 56;
const NARROW = 110; // pixels between axes, below which their names stand in two rows
const ROW = 17;

export class Parallel {
  /** @param {HTMLElement} root @param {{onBrush: (ids: string[] | null) => void, onMove: (names: string[]) => void}} actions */
  constructor(root, { onBrush, onMove }) {
    this.root = root;
    this.onBrush = onBrush;
    this.canvas = element("canvas", { class: "parallel-canvas", role: "img" });
    this.layer = element("div", { class: "parallel-axes" });
    root.replaceChildren(this.canvas, this.layer);
    this.handles = new AxisHandles(this.layer, this, onMove);
    /** @type {Axis[]} */
    this.axes = [];
    /** @type {string[]} */
    this.ids = [];
    /** @type {Map<string, Range>} */
    this.ranges = new Map();
    /** @type {Set<string>} */
    this.lit = new Set();
    /** @type {boolean[]} */
    this.kept = [];
    this.planned = 0;
    new ResizeObserver(() => this.plan()).observe(root);
    document.addEventListener("themechange", () => this.plan());
  }

  /** @param {{data: any[]}} figure */
  show(figure) {
    const trace = figure.data.find((one) => one.type === "parcoords");
    /** @type {Dimension[]} */
    const dimensions = trace?.dimensions ?? [];
    this.axes = dimensions.map((one) => ({ ...one, label: plain(one.label), ...extentOf(one) }));
    this.ids = trace?.customdata ?? [];
    for (const label of this.ranges.keys())
      if (!this.axes.some((axis) => axis.label === label)) this.ranges.delete(label);
    mark(this.canvas, "aria-label", `${this.ids.length} runs over ${this.axes.map((axis) => axis.label).join(", ")}`);
    this.handles.show(this.axes);
    this.brushed();
  }

  /** A range was chosen on an axis, or taken away. @param {string} label @param {Range | null} range */
  brush(label, range) {
    if (range) this.ranges.set(label, range);
    else this.ranges.delete(label);
    this.brushed();
  }

  clear() {
    this.ranges.clear();
    this.brushed();
  }

  brushed() {
    this.kept = keptBy(this.axes, this.ranges);
    this.onBrush(this.ranges.size ? this.ids.filter((_, run) => this.kept[run]) : null);
    mark(this.root, "data-kept", String(this.kept.filter(Boolean).length));
    this.plan();
  }

  /** Make some runs stand out. @param {string[]} ids */
  light(ids) {
    this.lit = new Set(ids);
    this.plan();
  }

  /** Draw once in the next frame. */
  plan() {
    this.planned ||= requestAnimationFrame(() => {
      this.planned = 0;
      this.draw();
    });
  }

  /** Pixels between two axes. */
  gap() {
    return (this.root.clientWidth - 2 * this.side()) / Math.max(1, this.axes.length - 1);
  }

  side() {
    return this.root.clientWidth < 500 ? SIDE / 1.5 : SIDE;
  }

  /** Whether neighbours' names would cover each other. */
  isNarrow() {
    return this.gap() < NARROW;
  }

  top() {
    return this.isNarrow() ? TOP + ROW : TOP;
  }

  /** @param {number} place */
  xOf(place) {
    const room = this.root.clientWidth - 2 * this.side();
    return this.side() + (this.axes.length > 1 ? (place * room) / (this.axes.length - 1) : room / 2);
  }

  /** @param {Axis} axis @param {number} value */
  yOf(axis, value) {
    const room = this.root.clientHeight - this.top() - BOTTOM;
    return this.top() + room - ((value - axis.low) / (axis.high - axis.low)) * room;
  }

  draw() {
    const { clientWidth: width, clientHeight: height } = this.root;
    const pen = this.canvas.getContext("2d");
    if (!pen || !width || !this.axes.length) return;
    const ratio = devicePixelRatio || 1;
    this.canvas.width = Math.round(width * ratio);
    this.canvas.height = Math.round(height * ratio);
    pen.scale(ratio, ratio);
    drawLines(pen, this);
    drawAxes(pen, this);
    this.handles.place();
  }
}
