// @ts-check
/** Any quantity of a project's runs against any other, a point a run. */
import { colour, forgetColours, loadPlotly, resolveTokens } from "../charts/plotly.js";

const CONFIG = { displayModeBar: false, responsive: false, showTips: false };
const FADED = 0.12;
const REST_MS = 160;

export class Scatter {
  /** @param {HTMLElement} root @param {string} plotlyUrl @param {(id: string) => void} onPick */
  constructor(root, plotlyUrl, onPick) {
    this.root = root;
    this.plotlyUrl = plotlyUrl;
    this.onPick = onPick;
    /** @type {{data: any[], layout: any} | null} */
    this.figure = null;
    /** @type {Set<string> | null} */
    this.kept = null;
    /** @type {Set<string>} */
    this.lit = new Set();
    this.isBound = false;
    this.planned = this.rest = 0;
    new ResizeObserver(() => this.plan()).observe(root);
    document.addEventListener("themechange", () => {
      forgetColours();
      this.plan();
    });
  }

  /** @param {{data: any[], layout: any}} figure */
  async show(figure) {
    this.figure = figure;
    await loadPlotly(this.plotlyUrl);
    this.plan();
  }

  /** @param {string[] | null} ids  runs that are left; null: all */
  keep(ids) {
    this.kept = ids && new Set(ids);
    // A hand that is still choosing must not wait for a thousand points to be drawn.
    clearTimeout(this.rest);
    this.rest = setTimeout(() => this.plan(), REST_MS);
  }

  /** @param {string[]} ids  runs that stand out */
  light(ids) {
    this.lit = new Set(ids);
    clearTimeout(this.rest);
    this.rest = setTimeout(() => this.plan(), REST_MS);
  }

  plan() {
    this.planned ||= requestAnimationFrame(() => {
      this.planned = 0;
      this.draw();
    });
  }

  draw() {
    const { Plotly } = /** @type {any} */ (window);
    if (!Plotly || !this.figure || !this.root.clientWidth) return;
    const layout = resolveTokens(this.figure.layout);
    layout.width = this.root.clientWidth;
    layout.height = this.root.clientHeight;
    layout.font = { ...layout.font, family: getComputedStyle(document.body).fontFamily };
    const data = resolveTokens(this.figure.data).map((/** @type {any} */ trace) => this.marked(trace));
    Plotly.react(this.root, data, layout, CONFIG);
    if (this.isBound) return;
    this.isBound = true;
    const plot = /** @type {any} */ (this.root);
    plot.on("plotly_click", (/** @type {any} */ event) => this.onPick(event.points[0]?.customdata));
  }

  /** Fade what is left out, ring what stands out. @param {any} trace */
  marked(trace) {
    const ids = /** @type {string[]} */ (trace.customdata ?? []);
    const marker = {
      ...trace.marker,
      opacity: ids.map((id) => (!this.kept || this.kept.has(id) ? 0.85 : FADED)),
      size: ids.map((id) => (this.lit.has(id) ? 13 : ids.length > 300 ? 6 : 9)),
      line: {
        width: ids.map((id) => (this.lit.has(id) ? 2 : 1)),
        color: ids.map((id) => colour(this.lit.has(id) ? "ink" : "surface")),
      },
    };
    return { ...trace, marker };
  }
}
