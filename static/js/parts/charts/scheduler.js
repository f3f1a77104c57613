// @ts-check
/** Draws charts that need it: one at a time, after a frame is painted, none out of sight, none more often than can be afforded. */

const LEAST_GAP_MS = 500; // at most two drawings of a chart in a second
const SHARE_OF_TIME = 8; // a chart that takes 50 ms to draw rests 400 ms
const REST = 2; // and all others 100 ms: however many charts follow, drawing takes a third of the page's time at most

/**
 * @typedef {object} Drawable
 * @property {boolean} isVisible
 * @property {boolean} isDirty
 * @property {boolean} isAwaited  somebody did something to see it drawn; else it only follows the run, and can wait
 * @property {number} drawnAt
 * @property {number} cost  milliseconds that its last drawing took
 * @property {() => void} draw
 */

export class Scheduler {
  constructor() {
    /** @type {Set<Drawable>} */
    this.members = new Set();
    this.frame = 0;
    this.timer = 0;
    this.restsUntil = 0;
    document.addEventListener("visibilitychange", () => this.wake());
  }

  /** Look for work after the next frame. */
  wake() {
    if (this.frame || document.hidden) return;
    clearTimeout(this.timer);
    this.frame = requestAnimationFrame(() => afterPaint(() => this.turn()));
  }

  /** Draw the one chart that waits for it most, and plan the next. */
  turn() {
    this.frame = 0;
    const now = performance.now();
    const ready = this.waiting().filter((one) => this.readyAt(one) <= now);
    const [next] = ready.sort((a, b) => Number(b.isAwaited) - Number(a.isAwaited) || a.drawnAt - b.drawnAt);
    try {
      if (next) this.draw(next);
    } finally {
      this.plan();
    }
  }

  /** @param {Drawable} one */
  draw(one) {
    const { isAwaited } = one;
    one.draw();
    if (!isAwaited) this.restsUntil = performance.now() + REST * one.cost;
  }

  plan() {
    const wait = Math.min(...this.waiting().map((one) => this.readyAt(one))) - performance.now();
    if (wait <= 0) this.wake();
    else if (wait < Infinity) this.timer = setTimeout(() => this.wake(), wait);
  }

  waiting() {
    return [...this.members].filter((one) => one.isDirty && one.isVisible);
  }

  /** @param {Drawable} one */
  readyAt(one) {
    if (one.isAwaited || !one.drawnAt) return 0;
    return Math.max(this.restsUntil, one.drawnAt + Math.max(LEAST_GAP_MS, SHARE_OF_TIME * one.cost));
  }
}

/** Run something after the frame that is being made; what the viewer does meanwhile comes first. @param {() => void} act */
function afterPaint(act) {
  const { scheduler } = /** @type {any} */ (globalThis);
  if (scheduler?.postTask) scheduler.postTask(act);
  else setTimeout(act);
}
