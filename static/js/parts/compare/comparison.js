// @ts-check
/** A comparison as the server tells it, asked for again when one of its runs has something new. */
import { ask, withQuery } from "../../api.js";

/** @typedef {import("../../format.js").Value} Value */
/** @typedef {{best: Value, best_epoch: number | null, last: Value, n: number, is_best: boolean}} MetricCell */
/** @typedef {{metric: string, split: string | null, role: string, direction: string | null, differs: boolean, cells: (MetricCell | null)[]}} MetricRow */
/** @typedef {{text: string, absent: boolean, text_number: boolean, number: Value}} ConfigCell */

/**
 * @typedef {object} Facts
 * @property {string} run
 * @property {string} state
 * @property {string | null} worst
 * @property {Record<string, number>} alerts
 * @property {string[]} rules
 * @property {number | null} planned_epochs
 * @property {number} epochs_done
 * @property {number} seconds
 * @property {number | null} epoch_seconds
 * @property {number | null} steps_per_second
 * @property {number | null} parameters
 * @property {boolean} is_tested
 * @property {string} verdict
 */

/**
 * @typedef {object} Comparison
 * @property {import("../../types.js").RunRow[]} runs
 * @property {string | null} yardstick
 * @property {string[]} charts
 * @property {Facts[]} facts
 * @property {{key: string, differs: boolean, cells: ConfigCell[]}[]} config
 * @property {MetricRow[]} metrics
 * @property {{stem: string, pairs: [Value, Value][]}[]} tests
 * @property {import("./findings.js").Finding[]} findings
 * @property {Record<string, string>} titles  of the rules, by their id
 */

const GAP_MS = 1500; // between two answers while runs go on

export class ComparisonSource {
  /** @param {() => {runs: string, metric: string}} asked @param {(told: Comparison) => void} onTold @param {(problem: unknown) => void} onProblem */
  constructor(asked, onTold, onProblem) {
    this.asked = asked;
    this.onTold = onTold;
    this.onProblem = onProblem;
    this.turn = 0;
    this.timer = 0;
    this.askedAt = -GAP_MS;
  }

  /** Something changed: ask soon, and once, however much did. */
  plan() {
    if (document.hidden) return;
    this.timer ||= setTimeout(() => this.ask(), Math.max(0, this.askedAt + GAP_MS - performance.now()));
  }

  /** Ask now; only the newest answer counts. */
  async ask() {
    clearTimeout(this.timer);
    this.timer = 0;
    this.askedAt = performance.now();
    const turn = ++this.turn;
    const { runs, metric } = this.asked();
    try {
      const told = await ask(withQuery("/api/compare", { runs, metric }));
      if (turn === this.turn) this.onTold(told);
    } catch (problem) {
      if (turn === this.turn) this.onProblem(problem);
    }
  }

  /** What was asked for is not wanted any more. */
  forget() {
    clearTimeout(this.timer);
    this.timer = 0;
    this.turn += 1;
  }
}
