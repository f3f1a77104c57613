// @ts-check
/** Above the samples: which split, which epoch, which order. */
import { element, mark, part, write } from "../../element.js";

/** @param {import("./samples.js").Samples} samples */
export function showControls(samples) {
  const { root, slider } = samples;
  const epoch = samples.epoch();
  showSplits(samples);
  slider.max = String(samples.here().length - 1);
  slider.value = String(samples.here().indexOf(Number(epoch)));
  mark(slider, "aria-valuetext", `epoch ${epoch}`);
  write(part(root, "samples-epoch-word"), `Epoch ${epoch}`);
  mark(part(root, "samples-follow"), "aria-pressed", String(samples.view().epoch === ""));
  samples.worst.checked = samples.view().worst === "1";
}

/** @param {import("./samples.js").Samples} samples */
function showSplits(samples) {
  const splits = part(samples.root, "samples-splits");
  const names = Object.keys(samples.epochs);
  if (splits.dataset.shown !== names.join()) {
    splits.dataset.shown = names.join();
    splits.replaceChildren(...names.map((name) => choice(samples, name)));
  }
  names.forEach((name, place) => mark(splits.children[place], "aria-pressed", String(name === samples.split())));
}

/** @param {import("./samples.js").Samples} samples @param {string} name */
function choice(samples, name) {
  return element("button", { class: "segment", type: "button", onclick: () => samples.setView({ split: name }) }, name);
}
