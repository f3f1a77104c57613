// @ts-check
/** The runs that the page knows: what the server answered, and over it what the stream told since. */
import { ask } from "../../api.js";

/** @typedef {import("../../types.js").RunRow} RunRow */

export class KnownRuns {
  /** @param {RunRow[]} first @param {() => void} onChange */
  constructor(first, onChange) {
    this.runs = new Map(first.map((run) => [run.id, run]));
    this.onChange = onChange;
    /** @type {Map<string, RunRow | null>} told since the table was last asked for; null: deleted */
    this.heard = new Map();
  }

  all() {
    return [...this.runs.values()];
  }

  /** @param {string | null | undefined} id */
  get(id) {
    return this.runs.get(id ?? "");
  }

  /** @param {RunRow} run */
  put(run) {
    this.heard.set(run.id, run);
    this.runs.set(run.id, run);
    this.onChange();
  }

  /** An alert spoke of a run. @param {string} id @param {import("../../types.js").HealthSummary} health */
  setHealth(id, health) {
    const run = this.runs.get(id);
    if (run) this.put({ ...run, health });
  }

  /** @param {string} id */
  drop(id) {
    this.heard.set(id, null);
    this.runs.delete(id);
    this.onChange();
  }

  /** Ask for the whole table; where the stream was quicker than the answer, the stream is right. */
  async catchUp() {
    const heard = new Map();
    this.heard = heard;
    const { runs } = await ask("/api/runs");
    if (this.heard !== heard) return;
    this.runs = new Map(runs.map((/** @type {RunRow} */ run) => [run.id, run]));
    for (const [id, run] of heard) run ? this.runs.set(id, run) : this.runs.delete(id);
    this.onChange();
  }
}
