// @ts-check
/** Names at the ends of lines, kept apart while the lines move. Pure. */

const LINE_PX = 13; // height of a name

/**
 * Find where labels can stand so that none covers another.
 * @param {number[]} wanted  pixels from the top
 * @param {number} height  of the plot
 * @returns {number[]}  in the order of `wanted`
 */
export function pushApart(wanted, height) {
  const order = wanted.map((_, place) => place).sort((a, b) => wanted[a] - wanted[b]);
  /** @type {number[]} */
  const placed = [];
  let above = -Infinity;
  for (const place of order) above = placed[place] = Math.max(wanted[place], above + LINE_PX);
  let below = Math.max(height, wanted.length * LINE_PX) + LINE_PX;
  for (const place of order.reverse()) below = placed[place] = Math.min(placed[place], below - LINE_PX);
  return placed;
}

/**
 * Shift a layout's end labels by what the drawn axis says.
 * @param {any} layout
 * @param {any} axis  y axis as Plotly last drew it; undefined before the first time
 */
export function spreadLabels(layout, axis) {
  const labels = (layout.annotations ?? []).filter((/** @type {any} */ one) => one.name?.startsWith("end:"));
  if (!axis?.l2p || labels.length < 2 || axis.type !== layout.yaxis?.type) return;
  const wanted = labels.map((/** @type {any} */ label) => axis.l2p(label.y));
  if (!wanted.every(Number.isFinite)) return;
  const placed = pushApart(wanted, axis._length);
  labels.forEach((/** @type {any} */ label, /** @type {number} */ place) => {
    label.yshift = Math.round(wanted[place] - placed[place]);
  });
}
