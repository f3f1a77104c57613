// @ts-check
/** One sample as large as the window: zoom, its errors through the epochs, and two epochs against each other. */
import { drawn, element, icon, mark, write } from "../../element.js";
import { SampleCard } from "./card.js";
import { errorCurve } from "./curve.js";
import { errorWord } from "./facts.js";
import { LayerToggles, layersOf } from "./layer-toggles.js";
import { Swipe } from "./swipe.js";
import { Zoom } from "./zoom.js";

/** @typedef {import("../../types.js").Sample} Sample */

export class LargeSample {
  /** @param {import("./samples.js").Samples} samples @param {string} id */
  constructor(samples, id) {
    this.samples = samples;
    this.id = id;
    this.turn = 0;
    this.card = new SampleCard({ input: true, fineness: 0.5 });
    const { input, main } = this.card.picture;
    this.zoom = new Zoom(this.card.picture.element, [...(input ? [input.element] : []), main.element]);
    this.swipe = new Swipe(this.card.picture);
    this.word = element("span", { class: "number" });
    this.curve = element("div", { class: "sample-large-curve" });
    this.slider = element("input", { class: "range", type: "range", min: 0, step: 1, "aria-label": "Epoch" });
    this.slider.addEventListener("input", () => samples.go(samples.here()[Number(this.slider.value)]));
    this.toggles = element("div", { class: "sample-toggles", role: "group", "aria-label": "Layers" });
    this.before = element("select", { class: "select sample-select", "aria-label": "Compare with epoch" });
    this.before.addEventListener("change", () => this.follow());
    const names = { class: "dialog sample-dialog", "data-size": "wide", closedby: "any", "aria-label": `Sample ${id}` };
    this.dialog = element("dialog", names, this.head(), this.card.element, this.foot());
    this.layers = new LayerToggles(this.toggles, [this.dialog], samples.hiding);
    this.dialog.addEventListener("keydown", (event) => this.key(event));
    this.dialog.addEventListener("close", () => {
      this.dialog.remove();
      samples.closeLarge();
    });
    document.body.append(this.dialog);
    this.dialog.showModal();
    this.card.element.tabIndex = -1;
    this.card.element.focus({ preventScroll: true });
    this.follow();
  }

  head() {
    const act = (/** @type {string} */ word, /** @type {() => void} */ does, /** @type {Node | string} */ sign) =>
      element("button", { class: "icon-button", type: "button", title: word, "aria-label": word, onclick: does }, sign);
    return element(
      "header",
      { class: "dialog-head sample-head" },
      this.toggles,
      element(
        "span",
        { class: "sample-head-tools" },
        this.before,
        act("Zoom out (−)", () => this.zoom.by(1 / 1.5), "−"),
        act("Zoom in (+)", () => this.zoom.by(1.5), "+"),
        act("Reset zoom (0)", () => this.zoom.reset(), icon("reset")),
      ),
      act("Close", () => this.dialog.close(), icon("close")),
    );
  }

  foot() {
    const play = () => this.samples.scrubber.toggle();
    const names = { class: "icon-button", type: "button", title: "Play", "aria-label": "Play", onclick: play };
    const triangle = drawn("path", { d: "M5 3.2v9.6l7.5-4.8z", fill: "currentColor" });
    const sign = drawn("svg", { class: "icon", viewBox: "0 0 16 16", "aria-hidden": "true" }, triangle);
    return element(
      "div",
      { class: "sample-large-foot" },
      element("span", { class: "sample-large-word" }, element("button", names, sign), this.word),
      element("div", { class: "sample-large-track" }, this.curve, this.slider),
    );
  }

  /** The page shows another epoch, or the same one anew. */
  async follow() {
    const turn = ++this.turn;
    const { samples, id } = this;
    const epochs = samples.here();
    const epoch = samples.epoch();
    const sample = samples.all.find((one) => one.id === id);
    this.offer(epochs);
    this.slider.max = String(epochs.length - 1);
    this.slider.value = String(epochs.indexOf(epoch));
    mark(this.slider, "aria-valuetext", `epoch ${epoch}`);
    const course = samples.courseOf(id);
    const error = course.errors[course.epochs.indexOf(epoch)];
    write(this.word, [`Epoch ${epoch}`, errorWord(error, samples.tracks.units.get(id) ?? "")].filter(Boolean).join(" · "));
    this.curve.replaceChildren(...(course.epochs.length > 1 ? [errorCurve({ ...course, height: 56 })] : []));
    if (!sample) return;
    this.card.show(sample);
    this.layers.show(layersOf([sample]));
    const wanted = this.before.value;
    const before = wanted === "" ? null : (await samples.fetch(samples.split(), Number(wanted))).find((one) => one.id === id);
    if (turn === this.turn) this.swipe.show(before ?? null, sample);
  }

  /** Epochs to compare with. @param {number[]} epochs */
  offer(epochs) {
    if (this.before.dataset.shown === epochs.join()) return;
    const { value } = this.before;
    this.before.dataset.shown = epochs.join();
    const options = epochs.map((epoch) => element("option", { value: epoch }, `Before: epoch ${epoch}`));
    this.before.replaceChildren(element("option", { value: "" }, "Before / after"), ...options);
    this.before.value = value;
  }

  /** @param {KeyboardEvent} event */
  key(event) {
    const isElsewhere = /** @type {HTMLElement} */ (event.target).matches("input, select");
    const by = { ArrowRight: 1, ArrowLeft: -1 }[event.key] ?? 0;
    if (by && !isElsewhere) this.samples.scrubber.step(by);
    if (event.key === "+" || event.key === "=") this.zoom.by(1.5);
    if (event.key === "-") this.zoom.by(1 / 1.5);
    if (event.key === "0" && !isElsewhere) this.zoom.reset();
  }
}
