// @ts-check
/** A run's state, told by shape, word and colour at once. */
import { showAge } from "../clock.js";
import { element, icon, mark, write } from "../element.js";

/** @type {Record<string, string>} */
export const STATE_WORDS = {
  starting: "Starting",
  running: "Running",
  stalled: "Stalled",
  lost: "Lost",
  crashed: "Crashed",
  stopped: "Stopped",
  early_stopped: "Early stop",
  finished: "Finished",
};

/** What each state means, for who points at it. */
const STATE_MEANINGS = /** @type {Record<string, string>} */ ({
  starting: "The hook said hello; no point has arrived yet",
  running: "Heartbeats and points arrive",
  stalled: "Heartbeats arrive, but the loop has been silent for far longer than usual",
  lost: "No heartbeat for three beats; it recovers when the run is heard again",
  crashed: "An exception ended it",
  stopped: "Somebody stopped or interrupted it",
  early_stopped: "Its patience was used up",
  finished: "It reached its end",
});

const OVER = new Set(["crashed", "stopped", "early_stopped", "finished"]);

/** @param {string} state */
export const isOver = (state) => OVER.has(state);

/**
 * Tell the seconds left at the usual pace; a run that nobody hears of has none to tell.
 * @param {import("../types.js").RunRow} run
 */
export const timeLeft = (run) => (run.state === "lost" ? null : run.eta_seconds);

/**
 * Tell when something of a run last arrived. A heartbeat says that the process lives, not that it gets anywhere.
 * @param {import("../types.js").RunRow} run
 */
export const lastUpdate = (run) => run.ended_ms ?? run.last_point_ms ?? run.last_seen_ms;

/**
 * Keep an element at the age of a run's last update, late at twice the usual time of an epoch.
 * @param {HTMLElement} target
 * @param {import("../types.js").RunRow} run
 */
export function showLastUpdate(target, run) {
  const usual = Math.max(2 * (run.epoch_seconds ?? 0), 3 * run.heartbeat_seconds) * 1000;
  showAge(target, lastUpdate(run), isOver(run.state) ? null : usual);
}

/** @param {string} state @returns {HTMLElement} */
export function statePill(state) {
  const pill = element("span", { class: "state" });
  showState(pill, state);
  return pill;
}

/**
 * Bring a pill to a state.
 * @param {HTMLElement} pill
 * @param {string} state
 */
export function showState(pill, state) {
  if (pill.dataset.state === state) return;
  pill.dataset.state = state;
  mark(pill, "title", STATE_MEANINGS[state] ?? null);
  pill.replaceChildren(icon(state), STATE_WORDS[state] ?? state);
}

/** Which favicon tells a state. @param {string} state */
export function stateSign(state) {
  if (state === "running") return "live";
  if (state === "crashed") return "trouble";
  return isOver(state) ? "over" : "waiting";
}

/**
 * Put the page's title and favicon at a state.
 * @param {string} title
 * @param {string | null} sign
 */
export function showTitle(title, sign) {
  if (document.title !== title) document.title = title;
  const link = /** @type {HTMLLinkElement | null} */ (document.querySelector('[data-part="favicon"]'));
  if (link && link.dataset.sign !== (sign ?? "")) {
    link.dataset.sign = sign ?? "";
    link.href = link.href.replace(/favicon(-\w+)?\.svg/, sign ? `favicon-${sign}.svg` : "favicon.svg");
  }
}

/**
 * Draw epochs waited of those allowed as one segment each; amber when less than a quarter of them is left.
 * @param {HTMLElement} target
 * @param {number} waited
 * @param {number | null | undefined} patience
 * @param {boolean} isOver  a run that is over has nothing to fear from it
 */
export function showPatience(target, waited, patience, isOver) {
  if (!patience) return target.replaceChildren();
  const parts = Math.min(patience, 30); // more would be thinner than a pixel's gap
  const filled = Math.min(parts, Math.ceil((waited / patience) * parts));
  if (target.childElementCount !== parts)
    target.replaceChildren(...Array.from({ length: parts }, () => element("span", { class: "patience-part" })));
  Array.from(target.children).forEach((segment, place) => mark(segment, "data-waited", place < filled ? "" : null));
  mark(target, "data-near", !isOver && waited >= patience * 0.75 ? "" : null);
}

/**
 * Write a value and mark it when it is NaN or infinite.
 * @param {HTMLElement} target
 * @param {string} text
 * @param {boolean} nonfinite
 */
export function showNumber(target, text, nonfinite) {
  write(target, text);
  mark(target, "data-nonfinite", nonfinite ? "" : null);
}
