// @ts-check
/**
 * Parallel coordinates on a canvas: the figure is Plotly's, but its own drawing of this kind compiles code in the browser,
 * which the page's policy refuses.
 */
import { element, mark, write } from "../../element.js";
import { formatValue } from "../../format.js";
import { colour } from "../charts/plotly.js";
import { AxisHandles } from "./parallel-handles.js";
import { extentOf, keptBy, ticksBetween } from "./parallel-axes.js";

/** @typedef {import("./parallel-axes.js").Dimension} Dimension */
/** @typedef {import("./parallel-axes.js").Range} Range */
/** @typedef {Dimension & {low: number, high: number}} Axis */

export const TOP = 34; // pixels above the axes, for their names
export const BOTTOM = 18;
const SIDE = 56;
const FADED = 0.08;

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
    this.planned = 0;
    new ResizeObserver(() => this.plan()).observe(root);
    document.addEventListener("themechange", () => this.plan());
  }

  /** @param {{data: any[]}} figure */
  show(figure) {
    const trace = figure.data.find((one) => one.type === "parcoords");
    this.axes = (trace?.dimensions ?? []).map((/** @type {Dimension} */ one) => ({ ...one, label: plain(one.label), ...extentOf(one) }));
    this.ids = trace?.customdata ?? [];
    for (const label of this.ranges.keys()) if (!this.axes.some((axis) => axis.label === label)) this.ranges.delete(label);
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
    this.onBrush(this.ranges.size ? this.ids.filter((_, run) => this.kept?.[run]) : null);
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

  /** @param {number} place */
  xOf(place) {
    const room = this.root.clientWidth - 2 * SIDE;
    return SIDE + (this.axes.length > 1 ? (place * room) / (this.axes.length - 1) : room / 2);
  }

  /** @param {Axis} axis @param {number} value */
  yOf(axis, value) {
    const room = this.root.clientHeight - TOP - BOTTOM;
    return TOP + room - ((value - axis.low) / (axis.high - axis.low)) * room;
  }

  draw() {
    const { clientWidth: width, clientHeight: height } = this.root;
    const pen = this.canvas.getContext("2d");
    if (!pen || !width || !this.axes.length) return;
    const ratio = devicePixelRatio || 1;
    this.canvas.width = Math.round(width * ratio);
    this.canvas.height = Math.round(height * ratio);
    pen.scale(ratio, ratio);
    this.drawLines(pen);
    this.drawAxes(pen);
    this.handles.place();
  }

  /** Runs that are left out lie behind, those that stand out before all others. @param {CanvasRenderingContext2D} pen */
  drawLines(pen) {
    const last = this.axes[this.axes.length - 1];
    const all = this.ids.map((_, run) => run);
    const isKept = (/** @type {number} */ run) => this.kept?.[run];
    const isLit = (/** @type {number} */ run) => this.lit.has(this.ids[run]);
    const usual = Math.max(0.14, Math.min(0.75, 60 / Math.max(1, all.filter(isKept).length)));
    pen.lineJoin = "round";
    pen.lineWidth = 1;
    for (const run of all.filter((one) => !isKept(one) && !isLit(one))) this.line(pen, run, colour("muted"), FADED);
    for (const run of all.filter((one) => isKept(one) && !isLit(one))) this.line(pen, run, shade(last, last.values[run]), usual);
    pen.lineWidth = 2.4;
    for (const run of all.filter(isLit)) this.line(pen, run, colour("ink"), 1);
  }

  /** @param {CanvasRenderingContext2D} pen @param {number} run @param {string} ink @param {number} opacity */
  line(pen, run, ink, opacity) {
    pen.globalAlpha = opacity;
    pen.strokeStyle = ink;
    pen.beginPath();
    this.axes.forEach((axis, place) => {
      const [x, y] = [this.xOf(place), this.yOf(axis, axis.values[run])];
      if (place) pen.lineTo(x, y);
      else pen.moveTo(x, y);
    });
    pen.stroke();
    pen.globalAlpha = 1;
  }

  /** @param {CanvasRenderingContext2D} pen */
  drawAxes(pen) {
    pen.font = `10px ${getComputedStyle(document.body).fontFamily}`;
    pen.textBaseline = "middle";
    pen.lineWidth = 1;
    this.axes.forEach((axis, place) => {
      const x = Math.round(this.xOf(place)) + 0.5;
      pen.strokeStyle = colour("line-strong");
      pen.beginPath();
      pen.moveTo(x, this.yOf(axis, axis.low));
      pen.lineTo(x, this.yOf(axis, axis.high));
      pen.stroke();
      for (const [value, text] of ticksOf(axis)) this.tick(pen, x, this.yOf(axis, value), text);
    });
  }

  /** A tick's word stands on a plate, so that no line crosses it. @param {CanvasRenderingContext2D} pen @param {number} x @param {number} y @param {string} text */
  tick(pen, x, y, text) {
    const wide = pen.measureText(text).width;
    pen.globalAlpha = 0.78;
    pen.fillStyle = colour("surface");
    pen.fillRect(x - wide - 9, y - 7, wide + 4, 14);
    pen.globalAlpha = 1;
    pen.fillStyle = colour("soft");
    pen.fillRect(x - 4, Math.round(y) - 0.5, 4, 1);
    pen.fillText(text, x - wide - 7, y);
  }
}

/** @param {Axis} axis @returns {[number, string][]} */
function ticksOf({ low, high, tickvals, ticktext }) {
  if (tickvals && ticktext)
    return tickvals.map((value, place) => /** @type {[number, string]} */ ([value, plain(ticktext[place])])).filter(([value]) => value >= low && value <= high);
  return ticksBetween(low, high).map((value) => [value, Number.isInteger(value) ? String(value) : formatValue(value).replace(/(\.\d*?)0+$/, "$1").replace(/\.$/, "")]);
}

/** From the palette's one end to the other, by where a value lies. @param {Axis} axis @param {number} value */
function shade({ low, high }, value) {
  const share = Math.max(0, Math.min(1, (value - low) / (high - low)));
  const [from, to] = [colour("series-1"), colour("series-0")].map((one) => one.match(/[\d.]+/g)?.map(Number) ?? [0, 0, 0]);
  const mixed = [0, 1, 2].map((part) => Math.round(from[part] + share * (to[part] - from[part])));
  return `rgb(${mixed.join(",")})`;
}

/** @param {string} text */
const plain = (text) => String(text).replaceAll("&#36;", "$").replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&amp;", "&");
