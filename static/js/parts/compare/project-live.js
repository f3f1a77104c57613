// @ts-check
/** Keeps a project's page up with its runs: what is said of one at once, the figures once in a while. */

import { ProjectView } from "./project.js";

/** @typedef {import("../../types.js").RunRow} RunRow */

const GAP_MS = 10_000; // between two askings for the figures: they tell of every run of the project

/** What the list shows of a run. @param {RunRow} run */
const shown = (run) => JSON.stringify([run.name, run.hue, run.state, run.verdict]);

/** What the figures show of it. @param {RunRow} run */
const drawn = (run) => JSON.stringify([run.state, run.tracked?.best]);

export class ProjectLive {
  /** @param {ConstructorParameters<typeof ProjectView>[0]} options @param {(problem: unknown) => void} report */
  constructor(options, report) {
    this.project = new ProjectView(options);
    this.report = report;
    this.timer = 0;
    this.askedAt = -GAP_MS;
    this.wasLive = false;
  }

  /** The stream is open: after a gap everything is asked for again. */
  catchUp() {
    if (this.wasLive) this.plan();
    this.wasLive = true;
  }

  /** @param {string} event @param {any} data */
  hear(event, data) {
    const { runs } = this.project;
    if (event === "deleted" && runs.some((run) => run.id === data.run)) return this.plan();
    if (event !== "run" || data.run.project !== this.project.view().project) return;
    const place = runs.findIndex((run) => run.id === data.run.id);
    const before = runs[place];
    if (before) runs[place] = data.run;
    if (before && shown(before) !== shown(data.run)) this.project.brushed(this.project.kept);
    if (!before || drawn(before) !== drawn(data.run)) this.plan();
  }

  /** Ask for everything anew: soon, and once, however much changed. */
  plan() {
    this.timer ||= setTimeout(() => this.ask(), Math.max(0, this.askedAt + GAP_MS - performance.now()));
  }

  async ask() {
    clearTimeout(this.timer);
    this.timer = 0;
    this.askedAt = performance.now();
    this.project.drawn = { parallel: "", scatter: "" };
    await this.project.load().catch(this.report);
  }

  review() {
    this.project.review().catch(this.report);
  }
}
