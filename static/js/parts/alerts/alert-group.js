// @ts-check
/** A heading of the feed with its alerts: a run with its state, or a rule with its runs. */
import { element, icon, mark, write } from "../../element.js";
import { SEVERITIES, SEVERITY_WORDS } from "../severity.js";
import { showState } from "../state.js";

/** @typedef {import("../../types.js").AlertJson} AlertJson */
/** @typedef {{hue: number, state: string}} RunSign */

const SHOWN_AT_ONCE = 6; // more of one run would hide the next one

export class AlertGroup {
  /** @param {string} key @param {string} by  run, rule or none */
  constructor(key, by) {
    this.key = key;
    this.by = by;
    this.isOpen = by === "none";
    this.pick = element("input", { class: "check", type: "checkbox", "data-pick-group": true });
    this.name = element("a", { class: "alert-group-name" });
    this.about = element("span", { class: "quiet alert-group-about" });
    this.state = element("span", { class: "state" });
    this.counts = element("span", { class: "alert-group-counts" });
    this.list = element("ol", { class: "lines" });
    this.more = element("button", { class: "alert-group-more", type: "button", "data-more": true });
    const dot = by === "run" ? element("span", { class: "hue-dot" }) : null;
    this.head = element(
      "header",
      { class: "alert-group-head", hidden: by === "none" },
      element("label", { class: "line-pick" }, this.pick),
      element("h2", { class: "alert-group-title" }, dot, this.name),
      this.about,
      by === "run" ? this.state : null,
      this.counts,
    );
    this.element = element("section", { class: "alert-group", "data-group": key }, this.head, this.list, this.more);
  }

  /** Show the heading; returns the alerts that stand below it now. @param {AlertJson[]} alerts @param {RunSign | undefined} run */
  update(alerts, run) {
    const [{ run: id, run_name: name, project, rule, title }] = alerts;
    if (this.by === "run") {
      mark(this.element, "data-hue", run ? String(run.hue) : null);
      write(this.name, name);
      mark(this.name, "href", `/runs/${encodeURIComponent(id)}`);
      write(this.about, project);
      this.state.hidden = !run;
      if (run) showState(this.state, run.state);
    } else if (this.by === "rule") {
      const runs = new Set(alerts.map((alert) => alert.run)).size;
      write(this.name, title);
      mark(this.name, "href", `/rules?project=${encodeURIComponent(project)}#${encodeURIComponent(rule)}`);
      write(this.about, runs === 1 ? "in 1 run" : `in ${runs} runs`);
    }
    mark(this.pick, "aria-label", `Select all of ${this.by === "run" ? name : title}`);
    this.showCounts(alerts);
    return this.visible(alerts);
  }

  /** @param {AlertJson[]} alerts */
  visible(alerts) {
    const hidden = alerts.length - SHOWN_AT_ONCE;
    const folds = this.by !== "none" && hidden > 1; // a button instead of one line saves nothing
    this.more.hidden = !folds;
    write(this.more, this.isOpen ? "Show fewer" : `Show ${hidden} more`);
    return folds && !this.isOpen ? alerts.slice(0, SHOWN_AT_ONCE) : alerts;
  }

  /** @param {AlertJson[]} alerts */
  showCounts(alerts) {
    const counts = SEVERITIES.map((severity) => [severity, alerts.filter((one) => one.severity === severity).length]);
    const key = counts.join();
    if (this.counts.dataset.shown === key) return;
    this.counts.dataset.shown = key;
    this.counts.replaceChildren(
      ...counts
        .filter(([, count]) => count)
        .map(([severity, count]) =>
          element(
            "span",
            { class: "alert-count number", "data-severity": severity, title: `${count} ${SEVERITY_WORDS[severity]}` },
            icon(String(severity)),
            String(count),
          ),
        ),
    );
  }
}
