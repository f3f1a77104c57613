// @ts-check
/** What a sample tells: its error, its flag, its class. Pure. */
import { formatValue, toNumber } from "../../format.js";

/** @typedef {import("../../types.js").Sample} Sample */
/** @typedef {import("../../types.js").Layer} Layer */

/** Whether there is an object to find: when the flag says that none is left, there is no truth to draw. @param {Sample} sample */
export function hasObject(sample) {
  const done = toNumber(sample.gt_done);
  return done === null || done < 0.5;
}

/** How wrong it is, in its own unit. @param {Sample} sample @returns {number | null} */
export function errorOf(sample) {
  const error = toNumber(sample.error ?? sample.error_px);
  return error !== null && Number.isFinite(error) ? error : null;
}

/** @param {number | null | undefined} error @param {string} unit */
export function errorWord(error, unit) {
  if (error === null || error === undefined) return "";
  return unit === "px" ? `${pixels(error)} px` : `${formatValue(error)}${unit ? ` ${unit}` : ""}`;
}

/** Pixels as a person counts them: whole ones, but for the last few. @param {number} error */
export function pixels(error) {
  return !Number.isFinite(error) ? "NaN" : error < 10 ? error.toFixed(1) : String(Math.round(error));
}

/**
 * What became of the flag: "missed" where it should have risen, "false alarm" where it should not, "right", or "" without one.
 * @param {Sample} sample
 */
export function flagOf(sample) {
  const [said, true_] = [toNumber(sample.pred_done), toNumber(sample.gt_done)];
  if (said === null || true_ === null) return "";
  if (Math.abs(said - true_) <= 0.5) return "right";
  return true_ >= 0.5 ? "missed" : "false alarm";
}

/** @param {Sample} sample @param {string} kind @param {string} [of] @returns {Layer | undefined} */
export function layerOf(sample, kind, of) {
  return sample.layers?.find((layer) => layer.kind === kind && (of === undefined || layer.of === of));
}

/**
 * Its true class and the one it is taken for, each by every name it goes by; null without both.
 * @param {Sample} sample
 * @returns {{truth: string[], taken: string[]} | null}
 */
export function cellOf(sample) {
  const scores = layerOf(sample, "scores");
  if (!scores?.values?.length || scores.truth === undefined || scores.truth === null) return null;
  const values = scores.values.map((value) => toNumber(value) ?? NaN);
  const best = values.reduce((top, value, place) => (value > values[top] || Number.isNaN(values[top]) ? place : top), 0);
  const words = (/** @type {number} */ index) => {
    const place = scores.classes?.indexOf(index) ?? -1;
    return [String(index), ...(place >= 0 && scores.names ? [scores.names[place]] : [])];
  };
  return { truth: words(scores.truth), taken: words(scores.classes?.[best] ?? best) };
}

/** A cell of the confusion as it stands in the address. @param {string} truth @param {string} taken */
export const cellWord = (truth, taken) => `${encodeURIComponent(truth)}~${encodeURIComponent(taken)}`;

/** @param {string} word @returns {{truth: string, taken: string} | null} */
export function readCell(word) {
  const [truth, taken, ...rest] = word.split("~");
  if (taken === undefined || rest.length) return null;
  try {
    return { truth: decodeURIComponent(truth), taken: decodeURIComponent(taken) };
  } catch {
    return null;
  }
}
