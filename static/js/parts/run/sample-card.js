// @ts-check
/** One sample: the image, what is drawn over it, and the flags beside it. */
import { element, write } from "../../element.js";
import { toNumber } from "../../format.js";
import { overlay } from "./sample-overlay.js";

/** @typedef {import("../../types.js").Sample} Sample */

const PLATE = 384; // pixels of the plate that stands in for an image that was not sent

export class SampleCard {
  /** @param {() => void} [onOpen] */
  constructor(onOpen) {
    this.image = element("img", { class: "sample-image", alt: "", decoding: "async", draggable: "false" });
    this.frame = element(onOpen ? "button" : "div", {
      class: "sample-frame",
      type: onOpen && "button",
      onclick: onOpen,
    });
    this.name = element("span", { class: "metric sample-id" });
    this.flags = element("span", { class: "sample-flags metric" });
    this.caption = element("span", { class: "sample-caption quiet" });
    this.element = element(
      "figure",
      { class: "sample" },
      this.frame,
      element("figcaption", { class: "sample-foot" }, this.name, this.flags, this.caption),
    );
  }

  /** @param {Sample} sample */
  show(sample) {
    const width = sample.width ?? PLATE;
    const height = sample.height ?? PLATE;
    this.frame.style.setProperty("--ratio", `${width} / ${height}`);
    this.image.hidden = !sample.image;
    const source = sample.image ? `/api/images/${encodeURIComponent(sample.image)}` : "";
    if (source && this.image.getAttribute("src") !== source) this.image.src = source;
    this.image.toggleAttribute("data-small", width < 200);
    this.frame.replaceChildren(this.image, overlay(sample, width, height));
    write(this.name, sample.id);
    this.flags.replaceChildren(
      ...flag("pred", "pred_done", sample.pred_done, sample),
      ...flag("gt", "gt_done", sample.gt_done, sample),
    );
    write(
      this.caption,
      [
        sample.caption,
        ...Object.entries(sample.extra ?? {}).map(
          ([key, value]) =>
            `${key}=${typeof value === "number" ? Number(value.toPrecision(4)) : typeof value === "object" ? JSON.stringify(value) : value}`,
        ),
      ]
        .filter(Boolean)
        .join(" · "),
    );
  }
}

/** @param {"gt" | "pred"} kind @param {string} word @param {import("../../format.js").Value} value @param {Sample} sample */
function flag(kind, word, value, sample) {
  const number = toNumber(value);
  if (number === null) return [];
  const missed =
    kind === "pred" && toNumber(sample.gt_done) !== null && Math.abs(number - Number(sample.gt_done)) > 0.5;
  const text = `${word}=${Number.isInteger(number) ? number : number.toFixed(2)}`;
  return [
    element(
      "span",
      { class: "sample-flag", "data-kind": kind, "data-missed": missed },
      missed ? `${text} ${Number(sample.gt_done) >= 0.5 ? "missed" : "false alarm"}` : text,
    ),
  ];
}
