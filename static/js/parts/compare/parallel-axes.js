// @ts-check
/** The axes of parallel coordinates: where values lie on them, what is chosen, which runs that leaves. Pure. */

/** @typedef {{label: string, values: number[], tickvals?: number[], ticktext?: string[]}} Dimension */
/** @typedef {[number, number]} Range  from low to high, in the axis' own values */

/**
 * @param {Dimension} dimension
 * @returns {{low: number, high: number}}  an axis of one value gets room on both sides
 */
export function extentOf({ values, tickvals }) {
  let low = Infinity;
  let high = -Infinity;
  for (const value of tickvals?.length && values.length ? [...values, ...inside(tickvals, values)] : values) {
    if (value < low) low = value;
    if (value > high) high = value;
  }
  if (low === high) return { low: low - 1, high: high + 1 };
  return { low, high };
}

/** @param {number[]} ticks @param {number[]} values */
function inside(ticks, values) {
  const [low, high] = [Math.min(...values), Math.max(...values)];
  return ticks.filter((tick) => tick >= low && tick <= high);
}

/**
 * Say which runs lie within every chosen range.
 * @param {Dimension[]} dimensions
 * @param {Map<string, Range>} ranges  by label
 * @returns {boolean[]}  one a run
 */
export function keptBy(dimensions, ranges) {
  const count = dimensions[0]?.values.length ?? 0;
  const isKept = (/** @type {number} */ run) =>
    dimensions.every(({ label, values }) => {
      const [low, high] = ranges.get(label) ?? [-Infinity, Infinity];
      return values[run] >= low && values[run] <= high;
    });
  return Array.from({ length: count }, (_, run) => isKept(run));
}

/**
 * Choose readable ticks for an axis that brings none.
 * @param {number} low @param {number} high
 * @returns {number[]}
 */
export function ticksBetween(low, high) {
  const rough = (high - low) / 5;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * ([1, 2, 5, 10].find((factor) => factor * power >= rough) ?? 10);
  const ticks = [];
  for (let tick = Math.ceil(low / step) * step; tick <= high + step / 1e6; tick += step)
    ticks.push(Number(tick.toPrecision(12)));
  return ticks;
}

/**
 * Put the axes that can tell most first: settings with many values, then the metric that ranks.
 * @param {{name: string, is_metric: boolean, distinct: number, has_words: boolean}[]} quantities
 * @param {string | null} yardstick
 * @returns {string[]}
 */
export function usualAxes(quantities, yardstick) {
  const settings = quantities
    .filter((one) => !one.is_metric && !(one.has_words && one.distinct > 12)) // so many words are names, not choices
    .sort((a, b) => b.distinct - a.distinct)
    .slice(0, 5)
    .map((one) => one.name);
  const metrics = quantities.filter((one) => one.is_metric).map((one) => one.name);
  const usual = metrics.find((name) => name.startsWith("val/")) ?? metrics[0];
  const last = yardstick && metrics.includes(yardstick) ? yardstick : usual;
  return last ? [...settings, last] : settings;
}
