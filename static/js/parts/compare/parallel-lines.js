// @ts-check
/** The lines of parallel coordinates, one a run: many go into one stroke, for a stroke costs more than a line. */
import { colour } from "../charts/plotly.js";
import { shade } from "./parallel-ink.js";

/** @typedef {import("./parallel.js").Parallel} Parallel */

const FADED = 0.08;
const SHADES = 24; // told apart along the last axis
const TOGETHER = 6; // lines of one stroke: where they cross each other nothing adds up
const FEW = 200; // so few that each is a stroke of its own

/** Runs that are left out lie behind, those that stand out before all others. @param {CanvasRenderingContext2D} pen @param {Parallel} chart */
export function drawLines(pen, chart) {
  const { ids, kept, lit } = chart;
  const runs = ids.map((_, run) => run);
  const usual = runs.filter((run) => kept[run] && !lit.has(ids[run]));
  pen.lineJoin = "round";
  pen.lineWidth = 1;
  const left = runs.filter((run) => !kept[run] && !lit.has(ids[run]));
  strokeAll(pen, chart, left, colour("muted"), FADED, 3 * TOGETHER);
  const opacity = Math.max(0.16, Math.min(0.75, 60 / Math.max(1, usual.length)));
  for (const [ink, of] of byShade(chart, usual))
    strokeAll(pen, chart, of, ink, opacity, usual.length > FEW ? TOGETHER : 1);
  pen.lineWidth = 2.4;
  const standing = runs.filter((run) => lit.has(ids[run]));
  strokeAll(pen, chart, standing, colour("ink"), 1, 1);
}

/** @param {Parallel} chart @param {number[]} runs @returns {[string, number[]][]}  runs by the colour of their line */
function byShade({ axes }, runs) {
  const last = axes[axes.length - 1];
  const step = (last.high - last.low) / SHADES;
  /** @type {Map<number, number[]>} */
  const steps = new Map();
  for (const run of runs) {
    const place = Math.floor((last.values[run] - last.low) / step);
    steps.set(place, [...(steps.get(place) ?? []), run]);
  }
  return [...steps].map(([place, of]) => [shade(last, last.low + (place + 0.5) * step), of]);
}

/** @param {CanvasRenderingContext2D} pen @param {Parallel} chart @param {number[]} runs @param {string} ink @param {number} opacity @param {number} together */
function strokeAll(pen, chart, runs, ink, opacity, together) {
  const xs = chart.axes.map((_, place) => chart.xOf(place));
  pen.globalAlpha = opacity;
  pen.strokeStyle = ink;
  for (let first = 0; first < runs.length; first += together) {
    pen.beginPath();
    for (const run of runs.slice(first, first + together))
      chart.axes.forEach((axis, place) => {
        const y = chart.yOf(axis, axis.values[run]);
        if (place) pen.lineTo(xs[place], y);
        else pen.moveTo(xs[place], y);
      });
    pen.stroke();
  }
  pen.globalAlpha = 1;
}
