// @ts-check
/** What of a sample is looked at: the input, and beside it the same with truth and prediction drawn over it. */
import { element } from "../../element.js";
import { overlay } from "./overlay.js";
import { isSignal, signalPicture } from "./signal.js";

/** @typedef {import("../../types.js").Sample} Sample */

const PLATE = 384; // pixels of the plate that stands in for an image that was not sent
const SMALL = 200; // images smaller than this are shown pixel by pixel

/** Whether a sample has anything to stand over: an image, or points, boxes and lines of one. @param {Sample} sample */
const hasPlate = (sample) =>
  Boolean(sample.image || sample.gt || sample.pred || sample.layers?.some((one) => one.kind === "box" || one.kind === "line"));

export class Picture {
  /** @param {{input?: boolean, fineness?: number}} [options]  input: whether the bare image stands beside the prediction */
  constructor({ input = false, fineness = 1 } = {}) {
    this.fineness = fineness;
    this.input = input ? panel("input", "input") : null;
    this.main = panel("prediction", "");
    this.element = element("div", { class: "sample-panels" }, this.input?.element, this.main.element);
  }

  /** @param {Sample} sample */
  show(sample) {
    const isOneLine = isSignal(sample) && !sample.image;
    const width = sample.width ?? PLATE;
    const height = sample.height ?? PLATE;
    this.element.style.setProperty("--ratio", isOneLine ? "480 / 180" : `${width} / ${height}`);
    this.element.hidden = !isOneLine && !hasPlate(sample);
    this.element.toggleAttribute("data-single", isOneLine || !sample.image);
    for (const one of [this.input, this.main]) if (one) showImage(one.image, sample, width);
    this.main.layers.replaceChildren(this.drawn(sample));
  }

  /** @param {Sample} sample */
  drawn(sample) {
    if (isSignal(sample) && !sample.image) return signalPicture(sample, this.fineness);
    return overlay(sample, sample.width ?? PLATE, sample.height ?? PLATE, this.fineness);
  }
}

/** @param {string} name @param {string} layer */
function panel(name, layer) {
  const image = element("img", { class: "sample-image", alt: "", loading: "lazy", decoding: "async", draggable: "false" });
  const layers = element("div", { class: "sample-layers" });
  const zoom = element("div", { class: "sample-zoom" }, image, layers);
  return { element: element("div", { class: "sample-panel", "data-panel": name, "data-layer": layer || null }, zoom), image, layers, zoom };
}

/** @param {HTMLImageElement} image @param {Sample} sample @param {number} width */
function showImage(image, sample, width) {
  image.hidden = !sample.image;
  const source = sample.image ? `/api/images/${encodeURIComponent(sample.image)}` : "";
  if (source && image.getAttribute("src") !== source) image.src = source;
  image.toggleAttribute("data-small", width < SMALL);
}
