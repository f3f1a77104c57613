// @ts-check
/** Boxes and polylines over a sample's image: truth solid, prediction dashed. */
import { drawn } from "../../element.js";
import { toNumber } from "../../format.js";

/** @typedef {import("../../types.js").Sample} Sample */
/** @typedef {import("../../types.js").Layer} Layer */

const MOST_LABELS = 20; // names on more boxes than that cover what they name

/** @param {Sample} sample @param {number} letter  height of a label, in pixels of the image */
export function boxes(sample, letter) {
  return ofKind(sample, "box").map((layer) =>
    drawn(
      "g",
      { "data-layer": `${layer.of} box`, "data-kind": layer.of },
      ...(layer.boxes ?? []).flatMap((corners, place) => box(layer, corners, place, letter)),
    ),
  );
}

/** @param {Layer} layer @param {number[]} corners @param {number} place @param {number} letter */
function box(layer, [x0, y0, x1, y1], place, letter) {
  const frame = { x: x0, y: y0, width: x1 - x0, height: y1 - y0 };
  const score = toNumber(layer.scores?.[place]);
  const words = [layer.labels?.[place], score === null ? "" : score.toFixed(2)].filter(Boolean).join(" ");
  // The names of truth stand above their box, those of predictions below: both boxes are often the same.
  const y = layer.of === "gt" ? Math.max(letter, y0 - letter * 0.3) : y1 + letter;
  return [
    drawn("rect", { class: "sample-halo", ...frame }),
    drawn("rect", { class: "sample-line sample-shape", "data-kind": layer.of, ...frame }),
    words && place < MOST_LABELS
      ? drawn("text", { class: "sample-label sample-name", "data-layer": "label", x: x0, y, "font-size": letter }, words)
      : null,
  ];
}

/** @param {Sample} sample */
export function lines(sample) {
  return ofKind(sample, "line").map((layer) =>
    drawn(
      "g",
      { "data-layer": `${layer.of} line`, "data-kind": layer.of },
      ...(layer.lines ?? []).flatMap((line) => {
        const d = path(line);
        return [
          drawn("path", { class: "sample-halo", d }),
          drawn("path", { class: "sample-line sample-shape", "data-kind": layer.of, d }),
        ];
      }),
    ),
  );
}

/** Points that are not finite are a gap. @param {import("../../format.js").Value[][]} line */
function path(line) {
  let isDown = false;
  return line
    .map(([x, y]) => {
      const isThere = typeof x === "number" && typeof y === "number";
      const step = isThere ? `${isDown ? "L" : "M"}${x} ${y}` : "";
      isDown = isThere;
      return step;
    })
    .join("");
}

/** @param {Sample} sample @param {string} kind */
const ofKind = (sample, kind) => (sample.layers ?? []).filter((layer) => layer.kind === kind);
