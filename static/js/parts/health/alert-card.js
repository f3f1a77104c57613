// @ts-check
/** One alert: what it is in two lines; opened, its evidence, why it matters, and what to try. */
import { showAge } from "../../clock.js";
import { element, icon, mark, write } from "../../element.js";
import { formatClock } from "../../format.js";
import { isOver } from "../state.js";
import { SEVERITY_WORDS } from "../severity.js";
import { AlertBody } from "./alert-body.js";
import { sinceWords } from "./words.js";

/** @typedef {import("../../types.js").AlertJson} AlertJson */

export class AlertCard {
  /**
   * @param {AlertJson} alert
   * @param {import("./health.js").Surroundings} around
   * @param {import("./alert-actions.js").AlertActions} actions
   * @param {(isExpanded: boolean) => void} onToggle
   */
  constructor(alert, around, actions, onToggle) {
    this.alert = alert;
    this.around = around;
    this.actions = actions;
    this.isExpanded = false;
    /** @type {AlertBody | null} */
    this.body = null;
    this.sign = element("span", { class: "severity-sign" });
    this.word = element("span", { class: "alert-word" });
    this.title = element("span", { class: "alert-title" });
    this.unread = element("span", { class: "unread", role: "img", "aria-label": "not looked at yet" });
    this.age = element("time", { class: "age quiet number" });
    this.what = element("p", { class: "alert-what" });
    this.since = element("p", { class: "alert-since" });
    const bodyId = `alert-${alert.id}-body`;
    this.head = element(
      "button",
      { class: "alert-head", type: "button", "aria-expanded": "false", "aria-controls": bodyId },
      this.sign,
      element("span", { class: "alert-names" }, this.title, this.word),
      this.unread,
      this.age,
      icon("chevron"),
    );
    this.head.addEventListener("click", () => {
      this.expand(!this.isExpanded);
      onToggle(this.isExpanded);
    });
    this.inside = element("div", { class: "alert-body", id: bodyId, hidden: true });
    this.element = element(
      "article",
      { class: "alert", "data-alert": alert.id, "aria-label": alert.title },
      this.head,
      this.what,
      this.since,
      this.inside,
    );
    this.show(alert);
  }

  /** @param {AlertJson} alert */
  show(alert) {
    this.alert = alert;
    const sign = alert.phase === "resolved" ? "resolved" : alert.severity;
    for (const told of [this.element, this.sign]) mark(told, "data-severity", alert.severity);
    mark(this.element, "data-phase", alert.phase);
    mark(this.element, "data-quiet", alert.muted || alert.acknowledged_ms !== null ? "" : null);
    if (this.sign.dataset.sign !== sign) {
      this.sign.dataset.sign = sign;
      this.sign.replaceChildren(icon(sign));
    }
    write(this.word, stateWords(alert));
    write(this.title, alert.title);
    write(this.what, alert.what);
    write(this.since, sinceWords(alert));
    this.unread.hidden = alert.seen_ms !== null || alert.phase !== "firing";
    const at = alert.resolved_ms ?? alert.fired_ms;
    showAge(this.age, at, null);
    mark(this.age, "datetime", new Date(at).toISOString());
    mark(this.age, "title", formatClock(at, Date.now()));
    this.body?.show(alert, isOver(this.around.run().state));
  }

  /** @param {boolean} open */
  expand(open) {
    this.isExpanded = open;
    this.inside.hidden = !open;
    mark(this.head, "aria-expanded", String(open));
    if (open && !this.body) {
      this.body = new AlertBody(this.inside, this.around, this.actions);
      this.body.show(this.alert, isOver(this.around.run().state));
    }
    this.body?.chart.see(open);
  }

  /** Somebody has it before their eyes. */
  see() {
    if (this.alert.seen_ms === null && this.alert.phase === "firing") this.actions.look(this.alert.id);
  }

  destroy() {
    this.body?.chart.destroy();
    this.element.remove();
  }
}

/** @param {AlertJson} alert */
function stateWords(alert) {
  const words = [alert.phase === "resolved" ? "Resolved" : SEVERITY_WORDS[alert.severity]];
  if (alert.subject && !alert.title.includes(alert.subject)) words.push(alert.subject);
  if (alert.phase === "firing" && alert.muted) words.push(alert.muted === "run" ? "muted here" : "muted in the project");
  else if (alert.phase === "firing" && alert.acknowledged_ms !== null)
    words.push(`acknowledged by ${alert.acknowledged_by ?? "somebody"}`);
  return words.join(" · ");
}
