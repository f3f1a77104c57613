// @ts-check
/** One chart as large as the window. */
import { ChartCard } from "./card.js";

export class FullScreen {
  /** @param {HTMLDialogElement} dialog @param {import("./wall.js").Wall} wall */
  constructor(dialog, wall) {
    this.dialog = dialog;
    this.wall = wall;
    /** @type {ChartCard | null} */
    this.card = null;
    dialog.addEventListener("close", () => {
      if (this.card) wall.shared.openFull("");
    });
  }

  /** @param {string} id  "" for none */
  show(id) {
    if ((this.card?.info.id ?? "") === id) return;
    this.card?.destroy();
    this.card = null;
    const info = id && this.wall.sections.listed.flatMap((section) => section.charts).find((chart) => chart.id === id);
    if (!info) return this.dialog.close();
    this.card = new ChartCard({ ...info }, this.wall, { large: true });
    this.dialog.replaceChildren(this.card.element);
    if (!this.dialog.open) this.dialog.showModal();
    this.card.see(true);
  }
}
