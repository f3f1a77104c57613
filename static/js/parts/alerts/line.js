// @ts-check
/** One alert as a line: made once, then only what changed is written; it opens to the whole card. */
import { showAge } from "../../clock.js";
import { element, icon, mark, write } from "../../element.js";
import { formatClock } from "../../format.js";
import { SEVERITY_WORDS } from "../severity.js";

/** @typedef {import("../../types.js").AlertJson} AlertJson */
/** @typedef {{by: string, hue: number | undefined}} Place  by: what the heading above it says already, run or rule */

export class Line {
  /** @param {AlertJson} alert */
  constructor(alert) {
    const inside = `alert-${alert.id}`;
    this.pick = element("input", { class: "check", type: "checkbox", tabindex: "-1", "data-pick": true });
    this.sign = element("span", { class: "severity-sign" });
    this.severity = element("span", { class: "unseen" });
    this.dot = element("span", { class: "hue-dot", hidden: true });
    this.title = element("span", { class: "line-title" });
    this.subject = element("span", { class: "metric line-subject" });
    this.fresh = element("span", { class: "unread", role: "img", "aria-label": "new", title: "Not looked at before" });
    this.what = element("span", { class: "line-what" });
    this.run = element("span", { class: "line-run-name" });
    this.source = element("span", { class: "line-run" }, element("span", { class: "hue-dot" }), this.run);
    this.state = element("span", { class: "line-state" });
    this.epoch = element("span", { class: "number quiet" });
    this.age = element("time", { class: "number" });
    this.toggle = element(
      "button",
      { class: "line-toggle", type: "button", "aria-expanded": "false", "aria-controls": inside, "data-toggle": true },
      element("span", { class: "line-head" }, this.severity, this.dot, this.title, this.subject, this.fresh),
      this.what,
    );
    this.inside = element("div", { class: "line-inside", id: inside, hidden: true });
    this.history = element("span", { class: "quiet" });
    /** @type {import("../health/alert-body.js").AlertBody | null} */
    this.body = null;
    this.element = element(
      "li",
      { class: "line", "data-id": alert.id },
      element(
        "div",
        { class: "line-row" },
        element("label", { class: "line-pick" }, this.pick),
        this.sign,
        this.toggle,
        this.source,
        this.state,
        element("span", { class: "line-when" }, this.age, this.epoch),
      ),
      this.inside,
    );
  }

  /** @param {AlertJson} alert @param {Place} place */
  update(alert, { by, hue }) {
    const { severity, title, subject, run_name: run, phase } = alert;
    if (this.sign.dataset.severity !== severity) {
      mark(this.sign, "data-severity", severity);
      this.sign.replaceChildren(icon(severity));
      mark(this.element, "data-severity", severity);
      write(this.severity, `${SEVERITY_WORDS[severity]}: `);
    }
    mark(this.element, "data-phase", phase);
    mark(this.element, "data-acknowledged", alert.acknowledged_ms === null ? null : "");
    mark(this.pick, "aria-label", `Select ${title} of ${run}`);
    write(this.title, by === "rule" ? run : title);
    this.dot.hidden = by !== "rule";
    write(this.subject, subject);
    write(this.what, alert.what);
    write(this.run, run);
    mark(this.element, "data-hue", hue === undefined ? null : String(hue));
    mark(this.source, "title", `${run} · ${alert.project}`);
    this.source.hidden = by !== "none";
    this.showState(alert);
    write(this.epoch, alert.fired_epoch >= 0 ? `${alert.unit} ${alert.fired_epoch}` : "before the first");
    if (this.age.dataset.since !== String(alert.fired_ms)) {
      showAge(this.age, alert.fired_ms, null);
      mark(this.age, "datetime", new Date(alert.fired_ms).toISOString());
      mark(this.age, "title", formatClock(alert.fired_ms, Date.now()));
    }
  }

  destroy() {
    this.body?.chart.destroy();
    this.element.remove();
  }

  /** @param {AlertJson} alert */
  showState(alert) {
    const [sign, word] = stateOf(alert);
    if (this.state.dataset.state === word) return;
    mark(this.state, "data-state", word);
    this.state.replaceChildren(...(word ? [icon(sign), word] : []));
  }
}

/** What is to be said of an alert beside that it fires; what only fires says nothing. @param {AlertJson} alert @returns {[string, string]} */
export function stateOf(alert) {
  if (alert.phase === "resolved") return ["ok", "Resolved"];
  if (alert.muted) return ["muted", "Muted"];
  if (alert.acknowledged_ms !== null) return ["seen", "Acknowledged"];
  if (alert.imported) return ["download", "Imported"];
  return ["", ""];
}
