// @ts-check
/** One sample as large as the window; the arrows go through the epochs. */
import { element, write } from "../../element.js";
import { SampleCard } from "./sample-card.js";

/** @param {import("./samples.js").Samples} samples @param {string} id */
export function openLarge(samples, id) {
  const card = new SampleCard();
  const word = element("span", { class: "number" });
  const hint = element("p", { class: "hint sample-dialog-hint" }, word, " · ← → other epochs");
  const names = { class: "dialog sample-dialog", "data-size": "wide", closedby: "any", "aria-label": `Sample ${id}` };
  const dialog = element("dialog", names, card.element, hint);
  const follow = () => {
    const sample = samples.shown.find((one) => one.id === id);
    if (sample) card.show(sample);
    write(word, `Epoch ${samples.epoch()}`);
  };
  dialog.addEventListener("keydown", (event) => {
    const by = { ArrowRight: 1, ArrowLeft: -1 }[event.key] ?? 0;
    const epoch = samples.here()[Number(samples.slider.value) + by];
    if (by && epoch !== undefined) samples.setView({ epoch: String(epoch) });
  });
  dialog.addEventListener("close", () => {
    dialog.remove();
    samples.large = null;
  });
  samples.large = { follow };
  document.body.append(dialog);
  dialog.showModal();
  follow();
}
