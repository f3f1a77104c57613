// @ts-check
/** Points that just came in, put into the figure that is already drawn. Pure but for the figure it is given. */
import { hasNonfinite, lineOfEpochs, lineOfSlice, merge } from "../../series.js";

/** @typedef {import("../../types.js").PointsEvent} PointsEvent */
/** @typedef {{data: any[], layout: any}} Figure */
/** @typedef {"nothing" | "appended" | "stale"} Outcome  stale: only the server can draw what came */

/**
 * Append live points to a figure's traces by their `meta`.
 * @param {Figure} figure
 * @param {PointsEvent[]} events  in the order in which they came
 * @param {{createdMs: number, budget: number}} bounds  budget: points a trace may hold before it is fetched anew
 * @returns {Outcome}
 */
export function appendPoints(figure, events, { createdMs, budget }) {
  /** @type {Outcome} */
  let outcome = "nothing";
  for (const trace of figure.data) {
    const fresh = freshLine(trace, events, figure.layout.meta?.x ?? "step", createdMs);
    if (!fresh) continue;
    if (fresh === "stale") return "stale";
    if (!fresh.x.length) continue;
    const line = merge({ x: trace.x, y: trace.y }, fresh);
    if (line.x.length > budget) return "stale";
    trace.x = line.x;
    trace.y = line.y;
    // A dot is an element of its own: a run that is followed from its first step would soon have thousands.
    if (trace.mode === "lines+markers" && line.x.length > (figure.layout.meta?.dots ?? Infinity)) trace.mode = "lines";
    if (!trace.meta.part) moveLabel(figure.layout, trace.meta.metric, line.y.at(-1) ?? null);
    outcome = "appended";
  }
  return outcome;
}

/** Say whether a figure has traces that grow by these points. @param {Figure} figure @param {PointsEvent} event */
export function takes(figure, event) {
  return figure.data.some(
    ({ meta }) =>
      (meta?.field === "step" && meta.metric in event.series) || (meta?.field === "epoch" && meta.metric in event.epochs),
  );
}

/**
 * Say whether a figure has traces that only the server can bring up to date after these points.
 * @param {Figure} figure
 * @param {PointsEvent} event
 */
export function needsServer(figure, event) {
  const { x, asked } = figure.layout.meta ?? {};
  const hasEpochs = Object.keys(event.epochs).length > 0;
  // Asked for by epoch, but drawn by step until the first epoch was over.
  if (hasEpochs && asked !== undefined && asked !== x) return true;
  // By epoch, steps change nothing that is derived: fetching at each of them would never end.
  return figure.data.some(
    ({ meta }) =>
      meta?.field === "derived" &&
      (meta.metric === undefined
        ? hasEpochs || x !== "epoch"
        : meta.metric in event.epochs || (x !== "epoch" && meta.metric in event.series)),
  );
}

/**
 * @param {any} trace
 * @param {PointsEvent[]} events
 * @param {import("../../series.js").Axis} axis
 * @param {number} createdMs
 */
function freshLine(trace, events, axis, createdMs) {
  const { metric, field, part } = trace.meta ?? {};
  if (field === "step") {
    const slices = events.flatMap((event) => event.series[metric] ?? []);
    if (slices.some((slice) => hasNonfinite(slice.values))) return "stale";
    return joined(slices.map((slice) => lineOfSlice(slice, axis, createdMs)));
  }
  if (field === "epoch") {
    const points = events.flatMap((event) => event.epochs[metric] ?? []);
    if (points.some((point) => point.nonfinite) || hasNonfinite(points.map((point) => point.value))) return "stale";
    const value = part === "max" ? "max" : part === "min" ? "min" : "value";
    return lineOfEpochs(
      points.map((point) => ({ ...point, value: point[value] })),
      axis,
      createdMs,
    );
  }
  return null;
}

/** @param {import("../../series.js").Line[]} lines @returns {import("../../series.js").Line} */
const joined = (lines) => ({ x: lines.flatMap((line) => line.x), y: lines.flatMap((line) => line.y) });

/** The name at a line's end follows its last value. @param {any} layout @param {string} metric @param {number | null} value */
function moveLabel(layout, metric, value) {
  const label = layout.annotations?.find((/** @type {any} */ one) => one.name === `end:${metric}`);
  if (!label || value === null) return;
  if (layout.yaxis?.type !== "log") label.y = value;
  else if (value > 0) label.y = Math.log10(value);
}
