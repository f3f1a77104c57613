// @ts-check
/** The head of the Run page: where the run stands, as an instrument shows it. */

import { element, mark, part, write } from "../../element.js";
import {
  ABSENT,
  formatChange,
  formatClock,
  formatCount,
  formatDuration,
  formatValue,
  isNonfinite,
  toNumber,
} from "../../format.js";
import { NoteBox } from "../note.js";
import { drawSparkline } from "../sparkline.js";
import { isOver, showLastUpdate, showNumber, showPatience, showState, timeLeft } from "../state.js";
import { showVerdict } from "../verdict.js";
import { showStop } from "./stopping.js";

/** @typedef {import("../../types.js").RunRow} RunRow */

export class Header {
  /** @param {ParentNode} root */
  constructor(root) {
    this.root = root;
    /** @type {RunRow | null} */
    this.run = null;
    /** @type {NoteBox | null} */
    this.note = null;
    document.addEventListener("themechange", () => this.run && this.drawSpark(this.run));
  }

  /** @param {string} name */
  part(name) {
    return part(this.root, name);
  }

  /** @param {RunRow} run */
  show(run) {
    this.run = run;
    mark(document.body, "data-hue", String(run.hue));
    this.showName(run);
    showState(this.part("state"), run.state);
    this.part("stop").hidden = isOver(run.state) || run.stop !== null;
    this.showEpochs(run);
    this.showTracked(run);
    write(this.part("rate"), formatValue(run.learning_rate));
    write(this.part("step"), formatCount(run.step === null ? null : run.step + 1));
    write(this.part("dropped"), run.dropped ? `${formatCount(run.dropped)} dropped` : "");
    showLastUpdate(this.part("age"), run);
    const seconds = ((run.ended_ms ?? run.last_seen_ms) - run.created_ms) / 1000;
    write(this.part("duration"), `${isOver(run.state) ? "ran" : "running for"} ${formatDuration(seconds)}`);
    this.part("duration").title = `began ${formatClock(run.created_ms, Date.now())}`;
    showStop(this.part("stopping"), run.stop);
  }

  /** @param {RunRow} run */
  showName(run) {
    write(this.part("name"), run.name);
    const crumb = part(document, "crumb");
    write(crumb, run.project);
    mark(crumb, "href", `/?project=${encodeURIComponent(run.project)}`);
    const imported = this.part("imported");
    imported.hidden = !run.origin;
    mark(imported, "title", run.origin ? `Read from ${run.origin.format}: ${run.origin.source}` : null);
    const tags = this.part("tags");
    if (tags.dataset.shown !== run.tags.join("\n")) {
      tags.dataset.shown = run.tags.join("\n");
      tags.replaceChildren(...run.tags.map((tag) => element("span", { class: "tag" }, tag)));
    }
    showVerdict(this.part("verdict"), run.verdict);
    this.note ??= new NoteBox(this.part("note"), `/api/runs/${encodeURIComponent(run.id)}`);
    this.note.show(run.note, /** @type {import("../../types.js").RunDetail} */ (run).note_html);
  }

  /** @param {RunRow} run */
  showEpochs(run) {
    const { epochs_done: done, planned_epochs: planned } = run;
    write(this.part("epoch"), done || planned ? formatCount(done) : ABSENT);
    write(this.part("planned"), planned ? ` / ${formatCount(planned)}` : "");
    const bar = this.part("progress");
    bar.hidden = !planned;
    mark(bar, "data-state", run.state);
    /** @type {HTMLElement} */ (bar.firstElementChild).style.setProperty(
      "--share",
      String(planned ? Math.min(1, done / planned) : 0),
    );
    const seconds = timeLeft(run);
    const left = seconds === null ? null : `${formatDuration(seconds)} left`;
    const pace = run.epoch_seconds === null ? null : `${formatDuration(run.epoch_seconds)} an epoch`;
    const none = isOver(run.state) ? "no epoch" : "no epoch yet";
    write(this.part("eta"), [left, pace].filter(Boolean).join(" · ") || (done ? "" : none));
  }

  /** @param {RunRow} run */
  showTracked(run) {
    const { tracked } = run;
    write(this.part("tracked"), tracked?.metric ?? "Tracked metric");
    showNumber(this.part("value"), formatValue(tracked?.value), isNonfinite(tracked?.value));
    const best = tracked && toNumber(tracked.best) !== null;
    write(
      this.part("best"),
      best
        ? `best ${formatValue(tracked.best)} @ ${tracked.best_epoch ?? ABSENT}`
        : tracked
          ? "no value yet"
          : "none: init(track=…) names one",
    );
    const change = best ? formatChange(tracked.best, tracked.value) : "";
    write(this.part("change"), change === "±0" ? "" : change);
    write(this.part("waited"), tracked?.patience ? `${tracked.waited} / ${tracked.patience}` : ABSENT);
    showPatience(this.part("patience"), tracked?.waited ?? 0, tracked?.patience, isOver(run.state));
    this.part("patience").hidden = !tracked?.patience;
    write(
      this.part("since-best"),
      !tracked
        ? ""
        : !tracked.patience
          ? "does not stop early"
          : !best
            ? "not begun"
            : tracked.waited
              ? `since epoch ${tracked.best_epoch}`
              : "at its best",
    );
    this.drawSpark(run);
  }

  /** @param {RunRow} run */
  drawSpark(run) {
    const canvas = /** @type {HTMLCanvasElement} */ (this.part("spark"));
    canvas.hidden = run.spark.length < 2;
    if (!canvas.hidden) drawSparkline(canvas, run.spark);
  }
}
