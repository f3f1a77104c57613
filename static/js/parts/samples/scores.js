// @ts-check
/** A sample's class scores as bars: the highest, and the true class wherever it stands. */
import { element } from "../../element.js";
import { formatValue, toNumber } from "../../format.js";
import { layerOf } from "./facts.js";

/** @typedef {import("../../types.js").Sample} Sample */

const SHOWN = 4;

/** @param {Sample} sample @param {number} [most]  bars */
export function scoreBars(sample, most = SHOWN) {
  const layer = layerOf(sample, "scores");
  if (!layer) return null;
  const rows = (layer.classes ?? []).map((index, place) => ({
    name: layer.names?.[place] ?? String(index),
    value: toNumber(layer.values?.[place]),
    isTrue: index === layer.truth,
  }));
  rows.sort((a, b) => (b.value ?? -Infinity) - (a.value ?? -Infinity));
  const kept = rows.slice(0, most);
  const missing = rows.slice(most).find((row) => row.isTrue);
  if (missing) kept[kept.length - 1] = missing;
  const top = Math.max(1, ...kept.map((row) => row.value ?? 0)); // probabilities against 1, logits against the largest
  return element("ul", { class: "sample-scores", "aria-label": "Class scores" }, ...kept.map((row, place) => bar(row, place === 0, top)));
}

/** @param {{name: string, value: number | null, isTrue: boolean}} row @param {boolean} isFirst @param {number} top */
function bar({ name, value, isTrue }, isFirst, top) {
  const fill = element("span", { class: "sample-bar-fill" });
  fill.style.setProperty("--share", String(Math.max(0, Math.min(1, (value ?? 0) / top))));
  const kind = isTrue ? "gt" : isFirst ? "pred" : undefined;
  return element(
    "li",
    { class: "sample-score", "data-kind": kind, "data-true": isTrue },
    element("span", { class: "sample-score-name metric", title: name }, isTrue ? `✓ ${name}` : name),
    element("span", { class: "sample-bar" }, fill),
    element("span", { class: "number" }, value === null ? "" : formatValue(value)),
  );
}
