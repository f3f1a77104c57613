// @ts-check
/** One sample as a card: what is seen of it, and what is known about it. */
import { element, mark, write } from "../../element.js";
import { toNumber } from "../../format.js";
import { errorCurve } from "./curve.js";
import { errorOf, errorWord, flagOf, unitOf } from "./facts.js";
import { Picture } from "./picture.js";
import { scoreBars } from "./scores.js";
import { isSignal, signalPicture } from "./signal.js";

/** @typedef {import("../../types.js").Sample} Sample */
/** Its errors through the epochs. @typedef {{epochs: number[], errors: (number | null)[], epoch: number, go: (epoch: number) => void}} Course */

/**
 * A card that shows one sample.
 * @param {Sample} sample
 * @param {{onOpen?: () => void, input?: boolean, course?: Course}} [options]
 */
export function sampleCard(sample, { onOpen, input, course } = {}) {
  const card = new SampleCard({ onOpen, input });
  card.show(sample, course);
  return card.element;
}

export class SampleCard {
  /** @param {{onOpen?: () => void, input?: boolean, fineness?: number}} [options]  input: whether the bare image stands beside the prediction */
  constructor({ onOpen, input, fineness } = {}) {
    this.picture = new Picture({ input, fineness });
    this.more = element("div", { class: "sample-more" });
    const open = onOpen && { type: "button", onclick: onOpen };
    this.frame = element(onOpen ? "button" : "div", { class: "sample-frame", ...open }, this.picture.element, this.more);
    this.name = element("span", { class: "metric sample-id" });
    this.error = element("span", { class: "sample-error number" });
    this.flags = element("span", { class: "sample-flags metric" });
    this.caption = element("span", { class: "sample-caption quiet" });
    this.course = element("div", { class: "sample-course" });
    this.element = element(
      "figure",
      { class: "sample" },
      this.frame,
      element("figcaption", { class: "sample-foot" }, this.name, this.error, this.flags, this.caption, this.course),
    );
  }

  /** @param {Sample} sample @param {Course} [course] */
  show(sample, course) {
    mark(this.element, "data-id", sample.id);
    this.picture.show(sample);
    const curve = sample.image && isSignal(sample) ? signalPicture(sample) : null; // of an image that has both
    this.more.replaceChildren(...[curve, scoreBars(sample)].filter((part) => part !== null));
    write(this.name, sample.id);
    write(this.error, errorWord(errorOf(sample), unitOf(sample)));
    this.flags.replaceChildren(
      ...flag("pred", "pred_done", sample.pred_done, flagOf(sample)),
      ...flag("gt", "gt_done", sample.gt_done, ""),
    );
    const facts = Object.entries(sample.extra ?? {}).map(([key, value]) => `${key}=${wordOf(value)}`);
    write(this.caption, [sample.caption, ...facts].filter(Boolean).join(" · "));
    const isFollowed = course && course.epochs.length > 1 && course.errors.some((error) => error !== null);
    this.course.replaceChildren(...(isFollowed ? [errorCurve(course)] : []));
  }
}

/** @param {"gt" | "pred"} kind @param {string} word @param {import("../../format.js").Value} value @param {string} outcome */
function flag(kind, word, value, outcome) {
  const number = toNumber(value);
  if (number === null) return [];
  const isWrong = outcome === "missed" || outcome === "false alarm";
  const text = `${word}=${Number.isInteger(number) ? number : number.toFixed(2)}`;
  const names = { class: "sample-flag", "data-kind": kind, "data-missed": isWrong };
  return [element("span", names, isWrong ? `${text} ${outcome}` : text)];
}

/** @param {any} value */
function wordOf(value) {
  if (typeof value === "number") return Number(value.toPrecision(4));
  return typeof value === "object" ? JSON.stringify(value) : value;
}
