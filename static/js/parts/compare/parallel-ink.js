// @ts-check
/** What parallel coordinates are drawn with: axes with their ticks, and the colour of a line. */
import { formatValue } from "../../format.js";
import { colour } from "../charts/plotly.js";
import { plain } from "./figure-csv.js";
import { ticksBetween } from "./parallel-axes.js";

/** @typedef {import("./parallel.js").Axis} Axis */

const FEW_VALUES = 8; // so few that each is a tick

/** @param {CanvasRenderingContext2D} pen @param {import("./parallel.js").Parallel} chart */
export function drawAxes(pen, chart) {
  pen.font = `10px ${getComputedStyle(document.body).fontFamily}`;
  pen.textBaseline = "middle";
  pen.lineWidth = 1;
  chart.axes.forEach((axis, place) => {
    const x = Math.round(chart.xOf(place)) + 0.5;
    pen.strokeStyle = colour("line-strong");
    pen.beginPath();
    pen.moveTo(x, chart.yOf(axis, axis.low));
    pen.lineTo(x, chart.yOf(axis, axis.high));
    pen.stroke();
    for (const [value, text] of ticksOf(axis)) drawTick(pen, x, chart.yOf(axis, value), text);
  });
}

/** A tick's word stands on a plate, so that no line crosses it. @param {CanvasRenderingContext2D} pen @param {number} x @param {number} y @param {string} text */
function drawTick(pen, x, y, text) {
  const wide = pen.measureText(text).width;
  pen.globalAlpha = 0.78;
  pen.fillStyle = colour("surface");
  pen.fillRect(x - wide - 9, y - 7, wide + 4, 14);
  pen.globalAlpha = 1;
  pen.fillStyle = colour("soft");
  pen.fillRect(x - 4, Math.round(y) - 0.5, 4, 1);
  pen.fillText(text, x - wide - 7, y);
}

/** @param {Axis} axis @returns {[number, string][]} */
function ticksOf({ low, high, values, tickvals, ticktext }) {
  const isIn = (/** @type {number} */ value) => value >= low && value <= high;
  if (tickvals && ticktext)
    return tickvals
      .map((value, place) => /** @type {[number, string]} */ ([value, plain(ticktext[place])]))
      .filter(([value]) => isIn(value));
  const distinct = [...new Set(values)];
  return (distinct.length <= FEW_VALUES ? distinct : ticksBetween(low, high)).map((value) => [value, tickWord(value)]);
}

/** @param {number} value */
const tickWord = (value) =>
  Number.isInteger(value) ? String(value) : formatValue(value).replace(/(\.\d*?)0+$/, "$1").replace(/\.$/, "");

/** From the palette's one end to the other, by where a value lies. @param {Axis} axis @param {number} value */
export function shade({ low, high }, value) {
  const share = Math.max(0, Math.min(1, (value - low) / (high - low)));
  const [from, to] = [colour("series-1"), colour("series-0")].map(partsOf);
  return `rgb(${[0, 1, 2].map((part) => Math.round(from[part] + share * (to[part] - from[part]))).join(",")})`;
}

/** @param {string} colour */
const partsOf = (colour) => colour.match(/[\d.]+/g)?.map(Number) ?? [0, 0, 0];
