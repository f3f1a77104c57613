// @ts-check
/** Two epochs of one sample over each other: what was predicted before, left of a line, and after, right of it. */
import { element, write } from "../../element.js";

/** @typedef {import("../../types.js").Sample} Sample */

export class Swipe {
  /** @param {import("./picture.js").Picture} picture */
  constructor(picture) {
    const panel = picture.main;
    this.picture = picture;
    this.panel = panel;
    this.before = element("div", { class: "sample-layers sample-before" });
    this.line = element("span", { class: "sample-divider", "aria-hidden": "true" });
    this.words = ["before", "after"].map((side) => element("span", { class: "sample-side", "data-side": side }));
    const names = { class: "range sample-swipe", type: "range", "aria-label": "Before and after" };
    this.handle = element("input", { ...names, min: 0, max: 100, value: 50, step: 1 });
    this.handle.addEventListener("input", () => this.place());
    panel.zoom.append(this.before);
    panel.element.append(this.line, ...this.words, this.handle);
    this.show(null, null);
  }

  /** @param {Sample | null} before  null takes it away @param {Sample | null} after */
  show(before, after) {
    const isOn = before !== null;
    this.panel.element.toggleAttribute("data-swiped", isOn);
    for (const part of [this.before, this.line, this.handle, ...this.words]) part.hidden = !isOn;
    if (!before || !after) return;
    this.before.replaceChildren(this.picture.drawn(before));
    write(this.words[0], `epoch ${before.epoch}`);
    write(this.words[1], `epoch ${after.epoch}`);
    this.place();
  }

  place() {
    this.panel.element.style.setProperty("--swipe", `${this.handle.value}%`);
  }
}
