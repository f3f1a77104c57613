// @ts-check
/** A sample's error through the epochs, as small as a word; a press goes to the epoch under the pointer. */
import { drawn } from "../../element.js";

const WIDTH = 200;
const PAD = 3;

/** @param {import("./card.js").Course & {height?: number}} course */
export function errorCurve({ epochs, errors, epoch, go, height = 28 }) {
  const [first, last] = [epochs[0], epochs[epochs.length - 1]];
  const top = Math.max(0, ...errors.map((error) => error ?? 0)) || 1;
  const x = (/** @type {number} */ at) => PAD + ((at - first) / (last - first || 1)) * (WIDTH - 2 * PAD);
  const y = (/** @type {number} */ error) => height - PAD - (error / top) * (height - 2 * PAD);
  const now = errors[epochs.indexOf(epoch)] ?? null;
  const svg = drawn(
    "svg",
    { class: "sample-errors", viewBox: `0 0 ${WIDTH} ${height}`, preserveAspectRatio: "none", "aria-hidden": "true" },
    drawn("path", { class: "sample-errors-line", d: pathOf(epochs, errors, x, y) }),
    drawn("line", { class: "sample-errors-now", x1: x(epoch), x2: x(epoch), y1: 0, y2: height }),
    now === null ? null : drawn("path", { class: "sample-errors-dot", d: `M${x(epoch)} ${y(now)}h0` }),
  );
  svg.addEventListener("click", (event) => {
    const box = svg.getBoundingClientRect();
    const at = first + ((/** @type {MouseEvent} */ (event).clientX - box.left) / box.width) * (last - first);
    go(nearest(epochs, at));
  });
  return svg;
}

/** @param {number[]} epochs  in order, at least one @param {number} at */
export function nearest(epochs, at) {
  return epochs.reduce((best, epoch) => (Math.abs(epoch - at) < Math.abs(best - at) ? epoch : best), epochs[0]);
}

/** @param {number[]} epochs @param {(number | null)[]} errors @param {(at: number) => number} x @param {(error: number) => number} y */
function pathOf(epochs, errors, x, y) {
  let isDown = false;
  return epochs
    .map((epoch, place) => {
      const error = errors[place];
      const isThere = error !== null && error !== undefined && Number.isFinite(error);
      const step = isThere ? `${isDown ? "L" : "M"}${x(epoch).toFixed(1)} ${y(Number(error)).toFixed(1)}` : "";
      isDown = isThere;
      return step;
    })
    .join("");
}
