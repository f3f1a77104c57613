// @ts-check
/** An alert's small chart: its metrics with the stretch in which it held, drawn while its card is open. */
import { ask } from "../../api.js";
import { element, mark } from "../../element.js";
import { spreadLabels } from "../charts/end-labels.js";
import { loadPlotly, resolveTokens } from "../charts/plotly.js";

/** @typedef {import("../../types.js").AlertJson} AlertJson */

const CONFIG = { displayModeBar: false, doubleClick: false, showTips: false, responsive: false };
const HEIGHT = 148;
const FETCH_GAP_MS = 2500; // an alert that holds says something new at every epoch

export class EvidenceChart {
  /** @param {string} path  of the run in the API @param {string} plotlyUrl */
  constructor(path, plotlyUrl) {
    this.path = path;
    this.plotlyUrl = plotlyUrl;
    this.surface = element("div", { class: "evidence-plot" });
    this.element = element("figure", { class: "evidence-chart", "aria-label": "Evidence", hidden: true }, this.surface);
    this.isOpen = false;
    this.isDrawn = false;
    this.key = "";
    this.drawnKey = "";
    this.askedAt = -FETCH_GAP_MS;
    this.timer = this.width = 0;
    /** @type {any} */
    this.figure = null;
    this.redraw = () => this.draw();
    document.addEventListener("themechange", this.redraw);
    this.resizing = new ResizeObserver(([entry]) => {
      const { width } = entry.contentRect;
      if (Math.abs(width - this.width) < 1) return;
      this.width = width;
      this.draw();
    });
    this.resizing.observe(this.surface);
  }

  /** @param {AlertJson} alert */
  show(alert) {
    this.id = alert.id;
    this.element.hidden = alert.evidence.metrics.length === 0;
    this.key = `${alert.what} ${alert.severity} ${alert.resolved_epoch}`;
    this.plan();
  }

  /** @param {boolean} open */
  see(open) {
    this.isOpen = open;
    this.plan();
  }

  /** Ask the server when something changed, but not at every epoch of a quick run. */
  plan() {
    if (!this.isOpen || this.element.hidden || this.key === this.drawnKey) return;
    const wait = Math.max(0, this.askedAt + FETCH_GAP_MS - performance.now());
    this.timer ||= setTimeout(() => this.fetch(), wait);
  }

  async fetch() {
    this.timer = 0;
    this.askedAt = performance.now();
    const key = this.key;
    try {
      const [figure] = await Promise.all([ask(`${this.path}/alerts/${this.id}/chart`), loadPlotly(this.plotlyUrl)]);
      this.figure = figure;
      this.drawnKey = key;
      this.draw();
    } catch {
      this.element.hidden = !this.figure; // the numbers below say the same
    }
  }

  draw() {
    if (!this.figure || !this.isOpen || !this.width) return;
    const layout = resolveTokens(this.figure.layout);
    Object.assign(layout, { width: this.width, height: HEIGHT, dragmode: false });
    layout.font = { ...layout.font, family: getComputedStyle(document.body).fontFamily, size: 10 };
    layout.xaxis = { ...layout.xaxis, fixedrange: true };
    layout.yaxis = { ...layout.yaxis, fixedrange: true };
    const { Plotly } = /** @type {any} */ (window);
    const data = resolveTokens(this.figure.data);
    const axis = () => /** @type {any} */ (this.surface)._fullLayout?.yaxis;
    Plotly.react(this.surface, data, layout, CONFIG);
    spreadLabels(layout, axis()); // where the lines end is known only now
    Plotly.react(this.surface, data, layout, CONFIG);
    this.isDrawn = true;
    mark(this.element, "data-phase", "drawn");
  }

  destroy() {
    clearTimeout(this.timer);
    this.resizing.disconnect();
    document.removeEventListener("themechange", this.redraw);
    if (this.isDrawn) /** @type {any} */ (window).Plotly.purge(this.surface);
  }
}
