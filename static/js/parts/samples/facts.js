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

/** In which unit it is measured; "" where the script named none. @param {Sample} sample @returns {string} */
export const unitOf = (sample) => (sample.error === null && sample.error_px !== null ? "px" : sample.error_unit);

/** How wrong it is, in its own unit; a distance to an object that is not there is no error. @param {Sample} sample @returns {number | null} */
export function errorOf(sample) {
  const error = toNumber(sample.error ?? sample.error_px);
  const isKnown = error !== null && Number.isFinite(error) && (unitOf(sample) !== "px" || hasObject(sample));
  return isKnown ? error : null;
}

/** How wrong it is in this unit; null where it is measured in another. @param {Sample} sample @param {string} unit */
export const errorIn = (sample, unit) => (unitOf(sample) === unit ? errorOf(sample) : null);

/** The units in which samples are measured, the most used one first. @param {Sample[]} samples */
export const unitsOf = (samples) => byCount(samples.filter((one) => errorOf(one) !== null).map(unitOf));

/** Each word once, the most frequent first. @param {string[]} words */
export function byCount(words) {
  /** @type {Map<string, number>} */
  const counts = new Map();
  for (const word of words) counts.set(word, (counts.get(word) ?? 0) + 1);
  return [...counts.keys()].sort((a, b) => (counts.get(b) ?? 0) - (counts.get(a) ?? 0));
}

/** A unit as it is named. @param {string} unit */
export const unitWord = (unit) => unit || "no unit";

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
