// @ts-check
/** A sample that is a signal: what went in, its reconstruction over it, and the peaks of both. */
import { drawn } from "../../element.js";
import { formatValue, toNumber } from "../../format.js";
import { layerOf } from "./facts.js";

/** @typedef {import("../../types.js").Sample} Sample */
/** @typedef {import("../../types.js").Layer} Layer */
/** @typedef {{x: number[], y: number[]}} Curve */

const WIDTH = 480;
const HEIGHT = 180;
const PAD = 10;

/** Whether a sample is a signal. @param {Sample} sample */
export const isSignal = (sample) => Boolean(layerOf(sample, "signal"));

/** @param {Sample} sample @param {number} [fineness]  how small marks and letters are; 1 on a card */
export function signalPicture(sample, fineness = 1) {
  const layers = (sample.layers ?? []).filter((layer) => layer.kind === "signal");
  const curves = layers.map((layer) => ({ of: layer.of, curve: curveOf(layer) }));
  const scale = scaleOf(curves.map(({ curve }) => curve));
  return drawn(
    "svg",
    { class: "sample-signal", viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "img", "aria-label": describe(sample) },
    ...curves.map(({ of, curve }) =>
      drawn("path", { class: "sample-curve", "data-layer": of, "data-of": of, d: pathOf(curve, scale) }),
    ),
    ...["gt", "pred"].flatMap((of) => peaks(sample, /** @type {"gt" | "pred"} */ (of), curves, scale, fineness)),
    drawn("text", { class: "sample-tick", x: 4, y: 14 * fineness, "font-size": 14 * fineness }, formatValue(scale.high)),
    drawn("text", { class: "sample-tick", x: 4, y: HEIGHT - 4, "font-size": 14 * fineness }, formatValue(scale.low)),
  );
}

/** @param {Layer} layer @returns {Curve} */
function curveOf(layer) {
  const y = (layer.values ?? []).map((value) => toNumber(value) ?? NaN);
  return { x: layer.at ?? y.map((_, place) => place), y };
}

/** @param {Curve[]} curves */
function scaleOf(curves) {
  const values = curves.flatMap(({ y }) => y.filter(Number.isFinite));
  let low = Infinity;
  let high = -Infinity;
  for (const value of values) {
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  if (!values.length) [low, high] = [0, 1];
  const last = Math.max(1, ...curves.map(({ x }) => x[x.length - 1] ?? 0));
  const span = high - low || 1;
  return {
    low,
    high,
    x: (/** @type {number} */ at) => (at / last) * WIDTH,
    y: (/** @type {number} */ value) => HEIGHT - PAD - ((value - low) / span) * (HEIGHT - 2 * PAD),
  };
}

/** What is not finite is a gap. @param {Curve} curve @param {ReturnType<typeof scaleOf>} scale */
function pathOf({ x, y }, scale) {
  let isDown = false;
  return x
    .map((at, place) => {
      const isThere = Number.isFinite(y[place]);
      const step = isThere ? `${isDown ? "L" : "M"}${scale.x(at).toFixed(1)} ${scale.y(y[place]).toFixed(1)}` : "";
      isDown = isThere;
      return step;
    })
    .join("");
}

/**
 * Peaks stand on the curve that they were found on: true ones as rings, predicted ones as crosses.
 * @param {Sample} sample
 * @param {"gt" | "pred"} of
 * @param {{of: string, curve: Curve}[]} curves
 * @param {ReturnType<typeof scaleOf>} scale
 * @param {number} fineness
 */
function peaks(sample, of, curves, scale, fineness) {
  const size = 6 * fineness;
  const { curve } = curves.find((one) => (one.of === "pred") === (of === "pred")) ?? curves[0];
  return (layerOf(sample, "peaks", of)?.at ?? []).map((at) => {
    const [x, y] = [scale.x(at), scale.y(heightAt(curve, at))];
    const names = { class: "sample-peak", "data-layer": `${of} peak`, "data-kind": of };
    if (of === "gt") return drawn("circle", { ...names, cx: x, cy: y, r: size });
    return drawn("path", { ...names, d: `M${x - size} ${y - size}l${2 * size} ${2 * size}m0 ${-2 * size}l${-2 * size} ${2 * size}` });
  });
}

/** The curve's value at a place between its points. @param {Curve} curve @param {number} at */
function heightAt({ x, y }, at) {
  const after = x.findIndex((place) => place >= at);
  if (after <= 0) return y[after === 0 ? 0 : y.length - 1] || 0;
  const share = (at - x[after - 1]) / (x[after] - x[after - 1]);
  const height = y[after - 1] + share * (y[after] - y[after - 1]);
  return Number.isFinite(height) ? height : 0;
}

/** @param {Sample} sample */
function describe(sample) {
  const count = (/** @type {string} */ of) => layerOf(sample, "peaks", of)?.at?.length ?? 0;
  const parts = [layerOf(sample, "signal", "input") && "signal", layerOf(sample, "signal", "pred") && "reconstruction"];
  const found = [count("gt") ? `${count("gt")} true peaks` : "", count("pred") ? `${count("pred")} predicted` : ""];
  return [`Sample ${sample.id}`, ...parts, ...found].filter(Boolean).join(", ");
}
