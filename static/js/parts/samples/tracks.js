// @ts-check
/** Every sample's error through the epochs: fetched once, then kept up by the samples that arrive. */
import { ask, withQuery } from "../../api.js";
import { toNumber } from "../../format.js";
import { errorOf, unitOf } from "./facts.js";

/** @typedef {import("../../types.js").Sample} Sample */

export class Tracks {
  constructor() {
    this.split = "";
    /** @type {number[]} */
    this.epochs = [];
    /** Of each sample's errors. @type {Map<string, string>} */
    this.units = new Map();
    /** @type {Map<string, (number | null)[]>} */
    this.errors = new Map();
    /** @type {Map<string, number | null>} */
    this.trends = new Map();
  }

  /** @param {string} path @param {string} split */
  async load(path, split) {
    const told = await ask(withQuery(`${path}/samples/tracks`, { split }));
    this.split = split;
    this.epochs = told.epochs;
    this.units = new Map(told.samples.map((/** @type {any} */ one) => [one.id, one.unit]));
    this.errors = new Map(told.samples.map((/** @type {any} */ one) => [one.id, one.errors.map(toNumber)]));
    this.trends.clear();
  }

  /** Samples of an epoch arrived. @param {number} epoch @param {Sample[]} samples */
  patch(epoch, samples) {
    let place = this.epochs.indexOf(epoch);
    if (place < 0) {
      place = this.epochs.findIndex((one) => one > epoch);
      if (place < 0) place = this.epochs.length;
      this.epochs.splice(place, 0, epoch);
      for (const errors of this.errors.values()) errors.splice(place, 0, null);
    }
    for (const sample of samples) {
      const errors = this.errors.get(sample.id) ?? this.epochs.map(() => null);
      errors[place] = errorOf(sample);
      this.errors.set(sample.id, errors);
      if (errorOf(sample) !== null) this.units.set(sample.id, unitOf(sample));
    }
    this.trends.clear();
  }

  /** @param {string} id */
  of(id) {
    return this.errors.get(id) ?? [];
  }

  /** @param {string} id @returns {number | null} */
  trend(id) {
    if (!this.trends.has(id)) this.trends.set(id, trendOf(this.epochs, this.of(id)));
    return this.trends.get(id) ?? null;
  }
}

/**
 * How much a straight line through all errors (least squares) changes from the first to the last epoch that has one.
 * @param {number[]} epochs
 * @param {(number | null)[]} errors
 * @returns {number | null}  null with fewer than two
 */
export function trendOf(epochs, errors) {
  const known = epochs.map((x, place) => ({ x, y: errors[place] ?? NaN })).filter(({ y }) => Number.isFinite(y));
  if (known.length < 2) return null;
  const middle = known.reduce((sum, { x }) => sum + x, 0) / known.length;
  const shared = known.reduce((sum, { x, y }) => sum + (x - middle) * y, 0);
  const own = known.reduce((sum, { x }) => sum + (x - middle) ** 2, 0);
  return (shared / own) * (known[known.length - 1].x - known[0].x);
}
