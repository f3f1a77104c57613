// @ts-check
/** Which samples are shown, and in which order. Pure. */
import { cellOf, errorIn, flagOf, readCell, unitOf } from "./facts.js";

/** @typedef {import("../../types.js").Sample} Sample */
/** @typedef {{sort: string, find: string, above: string, flag: string, cell: string, unit: string}} Wanted  unit: in which errors are ranked; between units there is no order */

export const SORTS = { "": "As sent", worst: "Worst first", improved: "Most improved", worsened: "Most worsened", id: "By id" };
/** Orders by the error. */
export const RANKED = ["worst", "improved", "worsened"];
export const FLAGS = { "": "Any flag", missed: "Missed", "false alarm": "False alarm", right: "Right", open: "Object left", done: "Done" };

/**
 * Choose and order an epoch's samples.
 * @param {Sample[]} samples  as sent
 * @param {Wanted} wanted
 * @param {(id: string) => number | null} trend  how much a sample's error changed; below 0 is better
 * @returns {Sample[]}
 */
export function arrange(samples, wanted, trend) {
  const kept = samples.filter((sample) => passes(sample, wanted));
  const by = (/** @type {(sample: Sample) => number} */ key) =>
    kept.map((sample) => ({ sample, key: key(sample) })).sort((a, b) => a.key - b.key).map(({ sample }) => sample);
  const { unit } = wanted;
  const trendIn = (/** @type {Sample} */ sample) => (unitOf(sample) === unit ? trend(sample.id) : null);
  if (wanted.sort === "worst") return by((sample) => -(errorIn(sample, unit) ?? -Infinity));
  if (wanted.sort === "improved") return by((sample) => trendIn(sample) ?? Infinity);
  if (wanted.sort === "worsened") return by((sample) => -(trendIn(sample) ?? -Infinity));
  if (wanted.sort === "id")
    return [...kept].sort((a, b) => a.id.localeCompare(b.id, "en", { numeric: true }));
  return kept;
}

/** @param {Sample} sample @param {Wanted} wanted */
function passes(sample, { find, above, flag, cell, unit }) {
  const words = find.toLowerCase().split(/\s+/).filter(Boolean);
  const text = `${sample.id}\n${sample.caption}`.toLowerCase();
  if (!words.every((word) => text.includes(word))) return false;
  if (above !== "" && !((errorIn(sample, unit) ?? -Infinity) > Number(above))) return false;
  if (flag !== "" && !hasFlag(sample, flag)) return false;
  return cell === "" || isOfCell(sample, cell);
}

/** @param {Sample} sample @param {string} flag */
function hasFlag(sample, flag) {
  if (flag === "open" || flag === "done")
    return sample.gt_done !== null && Number(sample.gt_done) >= 0.5 === (flag === "done");
  return flagOf(sample) === flag;
}

/** @param {Sample} sample @param {string} word */
function isOfCell(sample, word) {
  const [of, wanted] = [cellOf(sample), readCell(word)];
  return Boolean(of && wanted && of.truth.includes(wanted.truth) && of.taken.includes(wanted.taken));
}
