// @ts-check
/** What all charts of a run share of the view: axis, range, scale, pins; and how a change of it is asked for. */

/** @typedef {import("../run/run-view.js").RunView} RunView */
/** @typedef {import("./card.js").ChartCard} ChartCard */

export const OF_ONE_EPOCH = ["confusion", "classes", "scatter"]; // kinds of charts that show the epoch of the samples' slider

export class SharedView {
  /** @param {() => RunView} view @param {(change: Partial<RunView>) => void} setView */
  constructor(view, setView) {
    this.view = view;
    this.setView = setView;
  }

  /** What a card asks the server for. @param {ChartCard} card */
  queryFor(card) {
    const { x, smooth, from, to, epoch } = this.view();
    return {
      x,
      scale: this.isLog(card.info.id) ? "log" : null,
      smooth: smooth === "0" ? null : smooth,
      first: from,
      last: to,
      width: Math.round(card.plot.width) || null,
      epoch: (OF_ONE_EPOCH.includes(card.info.kind) && epoch) || null,
    };
  }

  /** @param {string} id */
  isLog(id) {
    return (this.view().scale === "log") !== this.holds("logs", id);
  }

  /** The visible range, for a figure that lies along what the page asked for. @param {{layout: any}} figure @returns {[number, number] | null} */
  range(figure) {
    const { from, to, x } = this.view();
    return from && to && figure.layout.meta?.x === x ? [Number(from), Number(to)] : null;
  }

  /** @param {number} from @param {number} to */
  zoom(from, to) {
    this.setView({ from: String(Number(from.toPrecision(9))), to: String(Number(to.toPrecision(9))) });
  }

  resetZoom() {
    this.setView({ from: "", to: "" });
  }

  /** @param {"pin" | "logs"} list @param {string} id */
  holds(list, id) {
    return this.view()[list].split(",").includes(encodeURIComponent(id));
  }

  /** @param {"pin" | "logs"} list @param {string} id */
  toggle(list, id) {
    const name = encodeURIComponent(id);
    const names = this.view()[list].split(",").filter(Boolean);
    this.setView({ [list]: (names.includes(name) ? names.filter((one) => one !== name) : [...names, name]).join(",") });
  }

  /** @param {string} id  "" closes */
  openFull(id) {
    this.setView({ full: id });
  }
}
