// @ts-check
/** Draws charts that need it: one a frame, none out of sight, none more often than it can be afforded. */

const LEAST_GAP_MS = 330; // at most three drawings of a chart in a second
const SHARE_OF_TIME = 8; // a chart that takes 50 ms to draw rests 400 ms

/**
 * @typedef {object} Drawable
 * @property {boolean} isVisible
 * @property {boolean} isDirty
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
    document.addEventListener("visibilitychange", () => this.wake());
  }

  /** Look for work in the next frame. */
  wake() {
    if (this.frame || document.hidden) return;
    clearTimeout(this.timer);
    this.frame = requestAnimationFrame((now) => {
      this.frame = 0;
      this.turn(now);
    });
  }

  /** @param {number} now */
  turn(now) {
    const waiting = [...this.members].filter((one) => one.isDirty && one.isVisible);
    const ready = waiting.filter((one) => now >= readyAt(one)).sort((a, b) => a.drawnAt - b.drawnAt);
    ready[0]?.draw();
    if (ready.length > 1) this.wake();
    else if (waiting.length > ready.length) {
      const wait = Math.min(...waiting.filter((one) => !ready.includes(one)).map(readyAt)) - now;
      this.timer = setTimeout(() => this.wake(), Math.max(16, wait));
    }
  }
}

/** @param {Drawable} one */
const readyAt = (one) => (one.drawnAt ? one.drawnAt + Math.max(LEAST_GAP_MS, SHARE_OF_TIME * one.cost) : 0);
