// @ts-check
/** Which charts and series a run has: asked for, and asked for again when a metric turns up that was not among them. */
import { ask, withQuery } from "../../api.js";

const GAP_MS = 1500; // between two lists while new metrics keep coming

export class Listing {
  /**
   * @param {string} path  of the run in the API
   * @param {() => string} query  what the charts are filtered by
   * @param {() => Promise<void>} load  asks for the list and shows it
   */
  constructor(path, query, load) {
    this.path = path;
    this.query = query;
    this.load = load;
    /** @type {Set<string>} */
    this.listed = new Set();
    /** @type {Set<string>} heard of and not listed */
    this.heard = new Set();
    this.isAsking = false;
    this.askedAt = this.timer = 0;
  }

  /** @returns {Promise<{sections: import("../../types.js").ChartSection[], series: {metric: string, last: any}[]}>} */
  async ask() {
    clearTimeout(this.timer);
    this.timer = 0;
    this.askedAt = performance.now();
    this.isAsking = true;
    try {
      const [{ sections }, { series }] = await Promise.all([
        ask(withQuery(`${this.path}/charts`, { q: this.query() })),
        ask(`${this.path}/series`),
      ]);
      for (const { metric } of series) this.listed.add(metric);
      return { sections, series };
    } finally {
      this.isAsking = false;
      const isBehind = [...this.heard].some((name) => !this.listed.has(name));
      this.heard.clear();
      if (isBehind) this.soon();
    }
  }

  /** Ask again, but not at every event. */
  soon() {
    this.timer ||= setTimeout(() => this.load().catch(() => {}), Math.max(0, this.askedAt + GAP_MS - performance.now()));
  }

  /** @param {import("../../types.js").PointsEvent} event */
  hear({ series, epochs, truncated }) {
    for (const name of [...Object.keys(series), ...Object.keys(epochs)])
      if (!this.listed.has(name)) this.heard.add(name);
    // What comes while the list is made may be on it: its answer tells.
    if (truncated || (this.heard.size && !this.isAsking)) this.soon();
  }
}
