// @ts-check
/** One clock for every age on the page: it ticks once a second, and not at all while the page is hidden. */

import { mark, write } from "./element.js";
import { formatAge } from "./format.js";

/** @type {Set<HTMLElement>} */
const shown = new Set();

/**
 * Keep an element's text at the age of a moment.
 * @param {HTMLElement} target
 * @param {number} since  UTC milliseconds
 * @param {number | null} lateAfter  milliseconds after which the age is marked late; null for never
 */
export function showAge(target, since, lateAfter) {
  target.dataset.since = String(since);
  target.dataset.lateAfter = lateAfter === null ? "" : String(lateAfter);
  shown.add(target);
  tell(target, Date.now());
}

/** Bring every age up to date now. */
export function tick() {
  const now = Date.now();
  for (const target of shown) {
    if (target.isConnected) tell(target, now);
    else shown.delete(target);
  }
}

/**
 * Start the clock.
 * @returns {() => void}  stops it
 */
export function startClock() {
  const timer = setInterval(() => document.hidden || tick(), 1000);
  return () => clearInterval(timer);
}

/**
 * @param {HTMLElement} target
 * @param {number} now
 */
function tell(target, now) {
  const age = now - Number(target.dataset.since);
  const late = target.dataset.lateAfter;
  write(target, formatAge(age));
  mark(target, "data-late", late && age > Number(late) ? "" : null);
}
