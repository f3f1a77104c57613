// @ts-check
/** Points that came for one chart and are not in its figure yet: they go in together, when the chart is drawn. */
import { appendPoints } from "./append.js";

/** @typedef {import("../../types.js").PointsEvent} PointsEvent */

const MOST_UNSEEN = 40; // events; a chart that nobody looks at for longer is asked for again when somebody does
const MOST_SEEN = 400; // what comes faster than it can be drawn

export class Arrivals {
  constructor() {
    this.begin();
  }

  /** The server told everything: nothing waits, nothing is missing. */
  begin() {
    /** @type {PointsEvent[]} */
    this.waiting = [];
    this.isWhole = true; // else events were let go, and only the server can tell what came
  }

  /**
   * @param {PointsEvent} event
   * @param {boolean} isSeen  whether somebody looks at the chart
   * @returns {boolean}  whether it is kept
   */
  add(event, isSeen) {
    if (this.isWhole && this.waiting.push(event) > (isSeen ? MOST_SEEN : MOST_UNSEEN)) this.letGo();
    return this.isWhole;
  }

  /**
   * Put what waits into the figure.
   * @param {import("./append.js").Figure} figure
   * @param {{createdMs: number, budget: number}} bounds
   * @returns {boolean}  whether the figure has all that came
   */
  pour(figure, bounds) {
    const { waiting } = this;
    this.waiting = [];
    if (waiting.length && appendPoints(figure, waiting, bounds) === "stale") this.letGo();
    return this.isWhole;
  }

  letGo() {
    this.waiting = [];
    this.isWhole = false;
  }
}
