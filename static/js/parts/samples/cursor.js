// @ts-check
/** The samples' slider and the charts' cursor, bound to each other. */
import { OF_ONE_EPOCH } from "../charts/shared-view.js";
import { nearest } from "./curve.js";

/** @typedef {import("./samples.js").Samples} Samples */
/** @typedef {import("../charts/wall.js").Wall} Wall */

const OF_SAMPLES = ["sample_error", "done_flag"]; // kinds of charts that no metric tells of
const LINGER_MS = 140; // a cursor that only passes over a chart shows nothing

/**
 * Hovering an epoch on a chart shows its samples, a press stays there; the epoch of the slider is a line on the charts.
 * @param {Samples} samples
 * @param {Wall} wall
 */
export function bindCursor(samples, wall) {
  let timer = 0;
  const ofKind = (/** @type {string[]} */ kinds) => wall.cards().filter((card) => kinds.includes(card.info.kind));
  const isByEpoch = () => samples.view().x === "epoch" && samples.here().length > 0;
  const look = (/** @type {number | null} */ epoch) => {
    samples.hovered = epoch;
    samples.review().catch(() => {});
  };
  wall.onPoint = (x) => {
    if (!isByEpoch()) return;
    const epoch = x === null ? null : nearest(samples.here(), x);
    samples.scrubber.hover(epoch);
    clearTimeout(timer);
    if (epoch !== samples.hovered) timer = setTimeout(() => look(epoch), LINGER_MS);
  };
  wall.onPress = (point, isShared) => {
    const { part, split, labels } = point.data.meta ?? {};
    if (part === "confusion") return samples.showCell(split, labels[point.y], labels[point.x]);
    if (!isShared || !isByEpoch()) return;
    clearTimeout(timer);
    samples.hovered = null;
    samples.go(nearest(samples.here(), point.x));
  };
  return {
    /** The view changed: stand the charts' line where the slider is, and show its epoch where a chart shows one. @param {string[]} changed */
    show(changed) {
      const { epoch } = samples.view();
      wall.rest = epoch !== "" && isByEpoch() ? Number(epoch) : null;
      for (const card of wall.cards()) card.plot.pointAt(wall.rest); // also where nobody looks yet
      if (changed.includes("epoch")) for (const card of ofKind(OF_ONE_EPOCH)) card.review();
    },
    /** Samples arrived: the charts of them are asked for again, or listed for the first time. */
    came() {
      const drawn = ofKind(OF_SAMPLES);
      for (const card of drawn) card.invalidate();
      if (!drawn.length) wall.relist();
    },
  };
}
