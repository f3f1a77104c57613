// @ts-check
/** A line of the last values, as small as a word, on a canvas of its own. */
import { toNumber } from "../format.js";

const PAD = 3;

/**
 * Draw values from left to right in the element's own colour; NaN and infinities are ticks on the lower edge, never joined over.
 * @param {HTMLCanvasElement} canvas
 * @param {import("../format.js").Value[]} values
 * @param {{best?: number | null, width?: number, height?: number}} [options]  best: place of the value to mark
 */
export function drawSparkline(
  canvas,
  values,
  { best = null, width = canvas.clientWidth, height = canvas.clientHeight } = {},
) {
  const ratio = devicePixelRatio || 1;
  canvas.width = Math.round(width * ratio);
  canvas.height = Math.round(height * ratio);
  const pen = canvas.getContext("2d");
  if (!pen || !values.length) return;
  pen.scale(ratio, ratio);
  const style = getComputedStyle(canvas);
  const place = placing(values.map(toNumber), width, height);
  pen.strokeStyle = pen.fillStyle = style.color;
  pen.lineWidth = 1.5;
  pen.lineJoin = "round";
  drawLine(pen, place);
  drawBroken(pen, place, height, style.getPropertyValue("outline-color"));
  if (best !== null && place[best]?.y !== null) dot(pen, place[best], 2.5);
  else
    dot(
      pen,
      place.findLast((point) => point.y !== null),
      2,
    );
}

/** @typedef {{x: number, y: number | null}} Placed */

/** @param {(number | null)[]} values @param {number} width @param {number} height @returns {Placed[]} */
function placing(values, width, height) {
  const finite = values.filter((value) => value !== null && Number.isFinite(value)).map(Number);
  const low = Math.min(...finite);
  const span = Math.max(...finite) - low || 1;
  const gap = values.length > 1 ? (width - 2 * PAD) / (values.length - 1) : 0;
  return values.map((value, index) => ({
    x: PAD + index * gap,
    y: value !== null && Number.isFinite(value) ? height - PAD - ((value - low) / span) * (height - 2 * PAD) : null,
  }));
}

/** @param {CanvasRenderingContext2D} pen @param {Placed[]} points */
function drawLine(pen, points) {
  pen.beginPath();
  let down = false;
  for (const { x, y } of points) {
    if (y !== null) down ? pen.lineTo(x, y) : pen.moveTo(x, y);
    down = y !== null;
  }
  pen.stroke();
}

/** @param {CanvasRenderingContext2D} pen @param {Placed[]} points @param {number} height @param {string} colour */
function drawBroken(pen, points, height, colour) {
  pen.save();
  pen.fillStyle = colour;
  for (const { x, y } of points) if (y === null) pen.fillRect(x - 1, height - 5, 2, 5);
  pen.restore();
}

/** @param {CanvasRenderingContext2D} pen @param {Placed | undefined} at @param {number} radius */
function dot(pen, at, radius) {
  if (!at || at.y === null) return;
  pen.beginPath();
  pen.arc(at.x, at.y, radius, 0, 2 * Math.PI);
  pen.fill();
}
