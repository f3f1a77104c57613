// @ts-check
/** Above the samples: of which split. */
import { element, mark, part } from "../../element.js";

/** @param {import("./samples.js").Samples} samples */
export function showSplits(samples) {
  const splits = part(samples.root, "samples-splits");
  const names = Object.keys(samples.epochs);
  if (splits.dataset.shown !== names.join()) {
    splits.dataset.shown = names.join();
    splits.replaceChildren(
      ...names.map((name) =>
        element("button", { class: "segment", type: "button", onclick: () => samples.setView({ split: name }) }, name),
      ),
    );
  }
  names.forEach((name, place) => mark(splits.children[place], "aria-pressed", String(name === samples.split())));
}
