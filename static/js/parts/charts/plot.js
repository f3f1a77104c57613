// @ts-check
/** A figure on the page: Plotly draws it, the page gives it size, range, colours and a shared cursor. */
import { spreadLabels } from "./end-labels.js";
import { colour, pageFont, resolveTokens } from "./plotly.js";

/** @typedef {import("./wall.js").Wall} Wall */

const CONFIG = {
  displayModeBar: false,
  doubleClick: false,
  responsive: false,
  showTips: false,
  showAxisDragHandles: false,
};

export class Plot {
  /** @param {HTMLElement} surface @param {HTMLElement} cursor @param {Wall} wall */
  constructor(surface, cursor, wall) {
    this.surface = surface;
    this.cursor = cursor;
    this.wall = wall;
    this.width = 0;
    this.height = 0;
    this.isBound = false;
    this.isShared = false; // whether its x axis is the one that the wall zooms
    this.revision = 0;
    this.resizing = new ResizeObserver(([entry]) => this.resize(entry.contentRect));
    this.resizing.observe(surface);
    this.onResize = () => {};
  }

  /** @param {DOMRectReadOnly} box */
  resize({ width, height }) {
    if (Math.abs(width - this.width) < 1 && Math.abs(height - this.height) < 1) return;
    this.width = width;
    this.height = height;
    this.onResize();
  }

  isReady() {
    return this.wall.plotly !== null && this.width > 0;
  }

  /** Points a trace may grow to before it is fetched thinned: twice what the server sends at most. */
  budget() {
    return 4 * Math.max(400, Math.round(this.width));
  }

  /** @param {{data: any[], layout: any}} figure @param {[number, number] | null} range @param {boolean} large */
  draw(figure, range, large) {
    const { Plotly } = /** @type {any} */ (window);
    const layout = resolveTokens(figure.layout);
    layout.width = this.width;
    layout.height = this.height;
    layout.datarevision = ++this.revision;
    layout.font = { ...layout.font, family: pageFont() };
    if (range) layout.xaxis = { ...layout.xaxis, range: [...range], autorange: false };
    layout.xaxis = { ...layout.xaxis, showspikes: false }; // the shared cursor stands there instead
    if (!large) layout.yaxis = { ...layout.yaxis, fixedrange: true };
    spreadLabels(layout, /** @type {any} */ (this.surface)._fullLayout?.yaxis);
    Plotly.react(this.surface, resolveTokens(figure.data), layout, CONFIG);
    this.isShared = figure.layout.meta?.x === this.wall.view().x && layout.xaxis?.type !== "category";
    if (!this.isBound) this.bind();
    this.pointAt(this.wall.rest ?? null);
  }

  /** Zoom and cursor are the whole wall's. */
  bind() {
    this.isBound = true;
    const plot = /** @type {any} */ (this.surface);
    plot.on("plotly_relayout", (/** @type {any} */ change) => {
      const [from, to] = change["xaxis.range"] ?? [change["xaxis.range[0]"], change["xaxis.range[1]"]];
      if (this.isShared && Number.isFinite(from) && Number.isFinite(to)) this.wall.shared.zoom(from, to);
    });
    plot.on("plotly_doubleclick", () => this.resetZoom());
    plot.on("plotly_hover", (/** @type {any} */ event) =>
      this.wall.point(this.isShared ? (event.points[0]?.x ?? null) : null),
    );
    plot.on("plotly_unhover", () => this.wall.point(null));
    plot.on("plotly_click", (/** @type {any} */ event) => this.wall.onPress?.(event.points[0], this.isShared));
  }

  resetZoom() {
    if (this.isShared) this.wall.shared.resetZoom();
    /** @type {any} */ (window).Plotly.relayout(this.surface, { "xaxis.autorange": true, "yaxis.autorange": true });
  }

  /** Stand the shared cursor at a place of the x axis. @param {number | null} x */
  pointAt(x) {
    const axis = this.isShared ? /** @type {any} */ (this.surface)._fullLayout?.xaxis : null;
    const pixel = x === null || !axis?.l2p ? NaN : axis._offset + axis.l2p(x);
    const inside = pixel >= axis?._offset && pixel <= axis?._offset + axis?._length;
    this.cursor.style.transform = inside ? `translateX(${Math.round(pixel)}px)` : "translateX(-9px)";
  }

  /** @param {string} title */
  async savePng(title) {
    const { Plotly } = /** @type {any} */ (window);
    const { data, layout } = /** @type {any} */ (this.surface);
    if (!data) return;
    const paper = {
      ...layout,
      paper_bgcolor: colour("surface"),
      title: { text: title.replaceAll("<", "&lt;"), x: 0.02, font: { size: 13 } },
      margin: { ...layout.margin, t: layout.meta?.legend ? 64 : 36 },
      ...(layout.meta?.legend && { showlegend: true, legend: layout.meta.legend }), // the page's own is not in a file
    };
    const url = await Plotly.toImage(
      { data, layout: paper },
      { format: "png", width: this.width, height: this.height + 28, scale: 2 },
    );
    save(url, `${title.replace(/[^\w.-]+/g, "_")}.png`);
  }

  destroy() {
    this.resizing.disconnect();
    if (this.isBound) /** @type {any} */ (window).Plotly.purge(this.surface);
  }
}

/** Hand a file to the browser. @param {string} url @param {string} name */
export function save(url, name) {
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
}
