// @ts-check
/** Asks the server for a figure, one request at a time, and keeps what the stream brings while it answers. */
import { ask } from "../../api.js";

/** @typedef {import("../../types.js").PointsEvent} PointsEvent */

export class FigureSource {
  constructor() {
    /** @type {AbortController | null} */
    this.request = null;
    /** @type {PointsEvent[]} */
    this.meanwhile = [];
    this.askedAt = 0;
  }

  /**
   * Ask for a figure; a request under way is given up.
   * @param {string} path
   * @returns {Promise<{figure: import("./append.js").Figure, meanwhile: PointsEvent[]} | null>}  meanwhile: events that the
   *   figure may be older than; null when another request took over
   */
  async ask(path) {
    this.end();
    const request = new AbortController();
    this.request = request;
    this.askedAt = performance.now();
    try {
      const figure = await ask(path, { signal: request.signal });
      return request.signal.aborted ? null : { figure, meanwhile: this.meanwhile };
    } catch (problem) {
      if (request.signal.aborted) return null;
      throw problem;
    } finally {
      if (this.request === request) this.end();
    }
  }

  /** Keep an event for the answer that is awaited. @param {PointsEvent} event @returns {boolean}  whether one is */
  keep(event) {
    if (this.request) this.meanwhile.push(event);
    return this.request !== null;
  }

  end() {
    this.request?.abort();
    this.request = null;
    this.meanwhile = [];
  }
}
