// @ts-check
/** New points put into a trace that is already drawn. Pure: makes new arrays, changes none. */
import { isNonfinite, toNumber } from "./format.js";

/** @typedef {import("./types.js").Slice} Slice */
/** @typedef {import("./types.js").EpochPoint} EpochPoint */
/** @typedef {"epoch" | "step" | "time"} Axis */
/** @typedef {{x: number[], y: (number | null)[]}} Line */

/**
 * Lay points as logged along an axis.
 * @param {Slice} slice
 * @param {Axis} axis  "epoch" gives nothing: along epochs lines are made of epoch points
 * @param {number} createdMs  when the run began
 * @returns {Line}
 */
export function lineOfSlice(slice, axis, createdMs) {
  if (axis === "epoch") return { x: [], y: [] };
  const x = axis === "step" ? slice.steps : slice.times.map((time) => secondsSince(time, createdMs));
  return { x, y: slice.values.map(drawable) };
}

/**
 * Lay epoch points along an axis.
 * @param {EpochPoint[]} points
 * @param {Axis} axis
 * @param {number} createdMs
 * @returns {Line}
 */
export function lineOfEpochs(points, axis, createdMs) {
  const place = {
    epoch: (/** @type {EpochPoint} */ p) => p.epoch,
    step: (/** @type {EpochPoint} */ p) => p.step,
    time: (/** @type {EpochPoint} */ p) => secondsSince(p.time, createdMs),
  }[axis];
  return { x: points.map(place), y: points.map((point) => drawable(point.value)) };
}

/**
 * Merge new points into a line. Points are in order of x; of two at one place the new one wins.
 * @param {Line} line
 * @param {Line} fresh
 * @returns {Line}
 */
export function merge(line, fresh) {
  if (!fresh.x.length) return line;
  const last = line.x.at(-1);
  const inOrder = fresh.x.every((x, place) => place === 0 || x > fresh.x[place - 1]);
  if (inOrder && (last === undefined || fresh.x[0] > last))
    return { x: [...line.x, ...fresh.x], y: [...line.y, ...fresh.y] };
  /** @type {Map<number, number | null>} */
  const byPlace = new Map();
  line.x.forEach((x, place) => byPlace.set(x, line.y[place]));
  fresh.x.forEach((x, place) => byPlace.set(x, fresh.y[place]));
  const x = [...byPlace.keys()].sort((a, b) => a - b);
  return { x, y: x.map((at) => byPlace.get(at) ?? null) };
}

/**
 * Say whether any of these values cannot be drawn as a point of a line: the server's marks then have to be fetched.
 * @param {import("./format.js").Value[]} values
 */
export function hasNonfinite(values) {
  return values.some((value) => isNonfinite(value) || Math.abs(toNumber(value) ?? 0) > LARGEST_DRAWN);
}

const LARGEST_DRAWN = 1e300;

/** @param {import("./format.js").Value} value @returns {number | null} */
function drawable(value) {
  const number = toNumber(value);
  return number !== null && Number.isFinite(number) && Math.abs(number) <= LARGEST_DRAWN ? number : null;
}

/** @param {number} timeMs @param {number} createdMs */
const secondsSince = (timeMs, createdMs) => Math.round(timeMs - createdMs) / 1000;
