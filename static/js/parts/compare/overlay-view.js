// @ts-check
/** What all overlaid charts share of the view, and how it is asked of the server. */
import { SharedView } from "../charts/shared-view.js";
import { listOf } from "./compare-view.js";

/** @typedef {import("./compare-view.js").CompareView} CompareView */

export class OverlayView extends SharedView {
  /** @param {() => CompareView} view @param {(change: Partial<CompareView>) => void} setView */
  constructor(view, setView) {
    super(/** @type {any} */ (view), /** @type {any} */ (setView));
    this.compared = view;
  }

  /** @param {import("../charts/card.js").ChartCard} card @returns {any} */
  queryFor(card) {
    const view = this.compared();
    const runs = listOf(view.runs);
    if (card.info.kind === "alerts") return { runs: view.runs };
    const hidden = new Set(listOf(view.hidden));
    const shown = runs.filter((run) => !hidden.has(run));
    return {
      // A hidden run is taken off a line chart by the page; out of a mean only the server can take it.
      runs: view.group && shown.length > 1 ? shown.join(",") : view.runs,
      metric: card.info.metrics[0],
      align: view.x,
      scale: this.isLog(card.info.id) ? "log" : null,
      first: view.from,
      last: view.to,
      width: Math.round(card.plot.width) || null,
      baseline: view.group || !runs.includes(view.baseline) ? null : view.baseline,
      group: view.group,
    };
  }
}
