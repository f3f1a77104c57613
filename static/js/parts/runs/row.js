// @ts-check
/** One row of the runs table: made once, then only what changed is written. */

import { element, icon, mark, write } from "../../element.js";
import { ABSENT, formatChange, formatCount, formatDuration, formatValue, isNonfinite } from "../../format.js";
import { drawSparkline } from "../sparkline.js";
import { isOver, showLastUpdate, showNumber, showPatience, showState, statePill, timeLeft } from "../state.js";
import { verdictChip } from "../verdict.js";
import { HealthCell } from "./health.js";

/** @typedef {import("../../types.js").RunRow} RunRow */

export class Row {
  /** @param {RunRow} run */
  constructor(run) {
    const cell = (/** @type {string} */ name, /** @type {(Node | string)[]} */ ...children) =>
      element("div", { class: `runs-cell runs-${name}`, role: "cell" }, ...children);
    this.pick = element("input", { class: "check", type: "checkbox", tabindex: "-1", "data-pick": true });
    this.pill = statePill(run.state);
    this.health = new HealthCell();
    this.name = element("span", { class: "runs-title" });
    this.link = element("a", { class: "runs-link", href: run.url }, element("span", { class: "hue-dot" }), this.name);
    this.under = element("span", { class: "runs-under" });
    this.project = element("span", { class: "runs-clip" });
    this.epochs = element("span", { class: "number" });
    this.left = element("span", { class: "number quiet" });
    this.bar = element("span", { class: "progress" }, element("span", { class: "progress-done" }));
    this.best = element("span", { class: "number runs-strong" });
    this.bestEpoch = element("span", { class: "number quiet" });
    this.metric = element("span", { class: "metric runs-second runs-clip" });
    this.value = element("span", { class: "number" });
    this.change = element("span", { class: "number runs-second" });
    this.patience = element("span", { class: "patience" });
    this.waited = element("span", { class: "number runs-second" });
    this.spark = element("canvas", { class: "spark runs-spark", "aria-hidden": "true" });
    this.rate = element("span", { class: "number" });
    this.age = element("span", { class: "number age" });
    this.duration = element("span", { class: "number runs-second", title: "how long it has run" });
    this.more = element(
      "button",
      { class: "icon-button", type: "button", "aria-haspopup": "menu", "data-more": true },
      icon("more"),
    );
    this.element = element(
      "div",
      { class: "runs-row", role: "row", "data-id": run.id },
      cell("pick", this.pick),
      cell("state", this.pill),
      cell("health", ...this.health.parts),
      cell("name", this.link, this.under),
      cell("project", this.project),
      cell("epoch", element("span", { class: "runs-ends" }, this.epochs, this.left), this.bar),
      cell("best", element("span", { class: "runs-clip" }, this.best, this.bestEpoch), this.metric),
      cell("value", this.value, this.change),
      cell("patience", this.patience, this.waited),
      cell("trend", this.spark),
      cell("lr", this.rate),
      cell("updated", this.age, this.duration),
      cell("more", this.more),
    );
    this.drawn = "";
  }

  /** @param {RunRow} run */
  update(run) {
    const { tracked } = run;
    mark(this.element, "data-hue", String(run.hue));
    mark(this.pick, "aria-label", `Select ${run.name}`);
    mark(this.more, "aria-label", `More for ${run.name}`);
    showState(this.pill, run.state);
    this.health.update(run);
    write(this.name, run.name);
    mark(this.link, "title", run.name);
    this.showUnder(run);
    write(this.project, run.project);
    this.showEpochs(run);
    showNumber(this.best, formatValue(tracked?.best), isNonfinite(tracked?.best));
    write(this.bestEpoch, tracked?.best_epoch === null || !tracked ? "" : ` @ ${tracked.best_epoch}`);
    write(this.metric, tracked?.metric ?? "");
    mark(this.metric, "title", tracked?.metric ?? null);
    showNumber(this.value, formatValue(tracked?.value), isNonfinite(tracked?.value));
    write(
      this.change,
      tracked && tracked.waited === 0 && tracked.best_epoch !== null
        ? "best"
        : tracked
          ? formatChange(tracked.best, tracked.value)
          : "",
    );
    showPatience(this.patience, tracked?.waited ?? 0, tracked?.patience, isOver(run.state));
    this.patience.hidden = !tracked?.patience;
    write(this.waited, tracked?.patience ? `${tracked.waited} / ${tracked.patience}` : ABSENT);
    write(this.rate, formatValue(run.learning_rate));
    showLastUpdate(this.age, run);
    write(this.duration, formatDuration(((run.ended_ms ?? run.last_seen_ms) - run.created_ms) / 1000));
  }

  /** @param {RunRow} run */
  showEpochs(run) {
    const { epochs_done: done, planned_epochs: planned } = run;
    const alone = done ? formatCount(done) : ABSENT; // a loop that knows no epochs has none, not nought
    write(this.epochs, planned ? `${formatCount(done)} / ${formatCount(planned)}` : alone);
    const left = timeLeft(run);
    write(this.left, left === null ? "" : formatDuration(left));
    mark(this.left, "title", left === null ? null : "time left at the usual pace");
    this.bar.hidden = !planned;
    mark(this.bar, "data-state", run.state);
    /** @type {HTMLElement} */ (this.bar.firstElementChild).style.setProperty(
      "--share",
      String(planned ? Math.min(1, done / planned) : 0),
    );
  }

  /** @param {RunRow} run */
  showUnder(run) {
    const key = JSON.stringify([run.tags, run.note, run.verdict]);
    if (this.under.dataset.shown === key) return;
    this.under.dataset.shown = key;
    this.under.replaceChildren(
      ...(run.verdict ? [verdictChip(run.verdict)] : []),
      ...run.tags.map((tag) => element("span", { class: "tag" }, tag)),
      ...(run.note ? [element("span", { class: "runs-note runs-clip", title: run.note }, run.note)] : []),
    );
  }

  /** Draw the sparkline, when its values or the theme changed; only once the row is on the page. @param {RunRow} run @param {number} theme */
  draw(run, theme) {
    const key = `${theme}:${run.hue}:${run.spark.length}:${run.spark.at(-1)}:${run.spark[0]}`;
    if (key === this.drawn) return;
    this.drawn = key;
    if (this.spark.clientWidth) drawSparkline(this.spark, run.spark);
  }
}
