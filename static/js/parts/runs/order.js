// @ts-check
/** Which runs are shown, and in which order. Pure. */
import { toNumber } from "../../format.js";
import { lastUpdate } from "../state.js";
import { HEALTH_FILTERS, healthRank, healthsOf } from "./health.js";

/** @typedef {import("../../types.js").RunRow} RunRow */
/** @typedef {{q: string, state: string, health: string, project: string, sort: string}} RunsView */

/** @type {RunsView} */
export const DEFAULT_VIEW = { q: "", state: "", health: "", project: "", sort: "-created" };

const STATE_ORDER = ["running", "starting", "stalled", "lost", "crashed", "stopped", "early_stopped", "finished"];

/** Every column that can be sorted by: its word, and what of a run it compares. @type {Record<string, {word: string, of: (run: RunRow) => number | string | null}>} */
export const SORTS = {
  created: { word: "Newest", of: (run) => run.created_ms },
  updated: { word: "Last update", of: lastUpdate },
  health: { word: "Health", of: healthRank },
  state: { word: "State", of: (run) => -STATE_ORDER.indexOf(run.state) },
  name: { word: "Name", of: (run) => run.name.toLowerCase() },
  project: { word: "Project", of: (run) => run.project.toLowerCase() },
  epoch: { word: "Epochs", of: (run) => run.epochs_done },
  eta: { word: "Time left", of: (run) => run.eta_seconds },
  best: { word: "Best", of: (run) => finite(run.tracked?.best) },
  value: { word: "Current value", of: (run) => finite(run.tracked?.value) },
  patience: {
    word: "Patience used",
    of: (run) => (run.tracked?.patience ? run.tracked.waited / run.tracked.patience : null),
  },
  lr: { word: "Learning rate", of: (run) => finite(run.learning_rate) },
};

/** Texts read upward first, numbers and times downward. @param {string} key */
export const firstDirection = (key) => (key === "name" || key === "project" ? key : `-${key}`);

/**
 * Choose and order runs.
 * @param {RunRow[]} runs
 * @param {RunsView} view
 * @returns {RunRow[]}
 */
export function arrange(runs, view) {
  return runs.filter(matcher(view)).sort(comparer(view.sort));
}

/**
 * Count the runs of each state among those that match everything but the state.
 * @param {RunRow[]} runs
 * @param {RunsView} view
 * @returns {[string, number][]}  in the order of the states
 */
export function countStates(runs, view) {
  /** @type {Map<string, number>} */
  const counts = new Map();
  for (const run of runs.filter(matcher({ ...view, state: "" })))
    counts.set(run.state, (counts.get(run.state) ?? 0) + 1);
  for (const state of view.state.split(",").filter(Boolean)) if (!counts.has(state)) counts.set(state, 0);
  return [...counts].sort(([a], [b]) => STATE_ORDER.indexOf(a) - STATE_ORDER.indexOf(b));
}

/**
 * Count the runs in trouble, and those nobody looked at, among those that match everything but health.
 * @param {RunRow[]} runs
 * @param {RunsView} view
 * @returns {[string, number][]}  from worst to least; what no run has is left out unless it is chosen
 */
export function countHealth(runs, view) {
  const found = runs.filter(matcher({ ...view, health: "" })).flatMap(healthsOf);
  const chosen = view.health.split(",");
  return HEALTH_FILTERS.map((one) => /** @type {[string, number]} */ ([one, found.filter((is) => is === one).length])).filter(
    ([one, count]) => count > 0 || chosen.includes(one),
  );
}

/** @param {RunsView} view @returns {(run: RunRow) => boolean} */
function matcher(view) {
  const words = view.q.toLowerCase().split(/\s+/).filter(Boolean);
  const states = new Set(view.state.split(",").filter(Boolean));
  const healths = view.health.split(",").filter(Boolean);
  return (run) => {
    if (states.size && !states.has(run.state)) return false;
    if (healths.length && !healthsOf(run).some((health) => healths.includes(health))) return false;
    if (view.project && run.project !== view.project) return false;
    if (!words.length) return true;
    const text = [run.name, run.project, run.id, run.note, run.tracked?.metric ?? "", run.verdict, ...run.tags]
      .join("\n")
      .toLowerCase();
    return words.every((word) => text.includes(word));
  };
}

/** What is absent stands last in both directions; equals keep the newest first. @param {string} sort @returns {(a: RunRow, b: RunRow) => number} */
function comparer(sort) {
  const { of } = SORTS[sort.replace(/^-/, "")] ?? SORTS.created;
  const sign = sort.startsWith("-") ? -1 : 1;
  return (a, b) => {
    const left = of(a);
    const right = of(b);
    if (left !== right) {
      if (left === null) return 1;
      if (right === null) return -1;
      return left < right ? -sign : sign;
    }
    return b.created_ms - a.created_ms || (a.id < b.id ? 1 : -1);
  };
}

/** @param {import("../../format.js").Value} value */
function finite(value) {
  const number = toNumber(value);
  return number !== null && Number.isFinite(number) ? number : null;
}
