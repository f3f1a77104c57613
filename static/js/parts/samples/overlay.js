// @ts-check
/** What is drawn over a sample's image: truth, prediction and the error between them, in pixels of the image. */
import { drawn } from "../../element.js";
import { toNumber } from "../../format.js";
import { hasObject, pixels } from "./facts.js";
import { boxes, lines } from "./shapes.js";

/** @typedef {import("../../types.js").Sample} Sample */
/** @typedef {import("../../types.js").Spot} Spot */

const RADIUS = 0.042; // of the image's longer side, so that a small image is not covered and a large one not bare
const LETTER = 0.055;

/**
 * @param {Sample} sample
 * @param {number} width  of the image, in its own pixels
 * @param {number} height
 * @param {number} [fineness]  how small marks and letters are; 1 on a card
 */
export function overlay(sample, width, height, fineness = 1) {
  const size = Math.max(width, height) * fineness;
  const gt = hasObject(sample) ? (sample.gt ?? []) : [];
  const pred = sample.pred ?? [];
  const pairs = gt.slice(0, pred.length).map((spot, place) => /** @type {[Spot, Spot]} */ ([spot, pred[place]]));
  return drawn(
    "svg",
    { class: "sample-overlay", viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": describe(sample) },
    ...boxes(sample, size * LETTER * 0.8),
    ...lines(sample),
    ...pairs.flatMap(([from, to]) => errorLine(from, to)),
    ...gt.map((spot) => circle("gt", spot, size * RADIUS)),
    ...pred.flatMap((spot) => [circle("pred", spot, size * RADIUS), cross(spot, size * RADIUS * 0.45)]),
    pairs.length ? label(pairs[0], errorLabel(sample, pairs[0]), size, width, height) : null,
  );
}

/** @param {Spot} from @param {Spot} to */
function errorLine([x1, y1], [x2, y2]) {
  return [
    drawn("line", { class: "sample-halo", "data-layer": "error", x1, y1, x2, y2 }),
    drawn("line", { class: "sample-line", "data-layer": "error", "data-kind": "error", x1, y1, x2, y2 }),
  ];
}

/** @param {"gt" | "pred"} kind @param {Spot} spot @param {number} radius */
function circle(kind, [cx, cy], radius) {
  return drawn(
    "g",
    { "data-layer": kind },
    drawn("circle", { class: "sample-halo", cx, cy, r: radius }),
    drawn("circle", { class: "sample-line", "data-kind": kind, cx, cy, r: radius }),
  );
}

/** A prediction also has a cross, for eyes that do not tell red from green. @param {Spot} spot @param {number} arm */
function cross([x, y], arm) {
  const d = `M${x - arm} ${y}H${x + arm}M${x} ${y - arm}V${y + arm}`;
  return drawn("path", { class: "sample-line", "data-layer": "pred", "data-kind": "pred", d });
}

/**
 * At the middle of the line, on the side that has room.
 * @param {[Spot, Spot]} pair
 * @param {string} text
 * @param {number} size  in pixels of the image
 * @param {number} width
 * @param {number} height
 */
function label([from, to], text, size, width, height) {
  const letter = size * LETTER;
  const x = (from[0] + to[0]) / 2;
  const y = (from[1] + to[1]) / 2;
  const fitsRight = x + letter * (0.62 * text.length + 1) < width;
  return drawn(
    "text",
    {
      class: "sample-label",
      "data-layer": "error label",
      x: x + (fitsRight ? letter * 0.7 : -letter * 0.7),
      y: Math.min(height - letter * 0.4, Math.max(letter, y - letter * 0.4)),
      "font-size": letter,
      "text-anchor": fitsRight ? "start" : "end",
    },
    text,
  );
}

/** @param {Sample} sample @param {[Spot, Spot]} pair */
function errorLabel(sample, [from, to]) {
  return `err=${pixels(toNumber(sample.error_px) ?? Math.hypot(from[0] - to[0], from[1] - to[1]))}px`;
}

/** @param {Sample} sample */
function describe(sample) {
  const spots = (/** @type {Spot[] | null} */ list) =>
    (list ?? []).map(([x, y]) => `${Math.round(x)},${Math.round(y)}`).join("; ");
  return [
    `Sample ${sample.id}`,
    hasObject(sample) ? (sample.gt?.length ? `ground truth at ${spots(sample.gt)}` : "") : "no object",
    sample.pred?.length ? `prediction at ${spots(sample.pred)}` : "",
  ]
    .filter(Boolean)
    .join(", ");
}
