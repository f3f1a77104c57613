// @ts-check
/** Buttons that take what is drawn over the samples away, layer by layer, and bring it back. */
import { element, mark } from "../../element.js";

/** @typedef {import("../../types.js").Sample} Sample */

const NAMES = {
  input: "Input",
  gt: "Ground truth",
  pred: "Prediction",
  error: "Error",
  box: "Boxes",
  line: "Lines",
  peak: "Peaks",
  label: "Labels",
};

/** Which layers any of these samples has. Pure. @param {Sample[]} samples @returns {string[]} */
export function layersOf(samples) {
  const found = new Set();
  for (const sample of samples) {
    if (sample.image) found.add("input");
    if (sample.gt?.length) found.add("gt");
    if (sample.pred?.length) found.add("pred");
    if (sample.gt?.length && sample.pred?.length) found.add("error").add("label");
    for (const { kind, of, labels, scores } of sample.layers ?? []) {
      if (kind === "scores") continue;
      found.add(of);
      if (kind !== "signal") found.add(kind === "peaks" ? "peak" : kind);
      if (kind === "box" && [...(labels ?? []), ...(scores ?? [])].some((one) => one !== null)) found.add("label");
    }
  }
  return Object.keys(NAMES).filter((name) => found.has(name));
}

export class LayerToggles {
  /**
   * @param {HTMLElement} root
   * @param {HTMLElement[]} targets  where the layers stand
   * @param {{hidden: () => string, hide: (names: string) => void}} options
   */
  constructor(root, targets, { hidden, hide }) {
    this.root = root;
    this.targets = targets;
    this.hidden = hidden;
    this.hide = hide;
  }

  /** @param {string[]} names */
  show(names) {
    if (this.root.dataset.shown !== names.join()) {
      this.root.dataset.shown = names.join();
      this.root.replaceChildren(...names.map((name) => this.button(name)));
    }
    const hidden = this.hidden().split(",").filter(Boolean);
    for (const button of this.root.children)
      mark(button, "aria-pressed", String(!hidden.includes(/** @type {HTMLElement} */ (button).dataset.layerName ?? "")));
    for (const target of this.targets) mark(target, "data-hide", hidden.join(" "));
  }

  /** @param {string} name */
  button(name) {
    const toggle = () => {
      const hidden = this.hidden().split(",").filter(Boolean);
      this.hide((hidden.includes(name) ? hidden.filter((one) => one !== name) : [...hidden, name]).join(","));
    };
    const kind = ["gt", "pred", "error"].includes(name) ? name : null;
    const names = { class: "sample-toggle", type: "button", "data-layer-name": name, "data-kind": kind, onclick: toggle };
    return element("button", names, NAMES[/** @type {keyof typeof NAMES} */ (name)]);
  }
}
