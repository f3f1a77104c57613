// @ts-check
/** The alerts that are open: each line's inside, made when it is first asked for and told anew when its alert changed. */
import { element, icon, mark, write } from "../../element.js";
import { formatClock } from "../../format.js";
import { AlertBody } from "../health/alert-body.js";
import { isOver } from "../state.js";

/** @typedef {import("../../types.js").AlertJson} AlertJson */
/** @typedef {import("./line.js").Line} Line */
/** @typedef {import("./known-alerts.js").KnownAlerts} KnownAlerts */
/** @typedef {{acknowledge: (alert: AlertJson) => void, mute: (alert: AlertJson, at: HTMLElement) => void, stop: (alert: AlertJson) => void}} Actions */

export class Opened {
  /**
   * @param {KnownAlerts} known
   * @param {import("./feed.js").AlertsFeed} feed
   * @param {Actions} actions
   * @param {{plotlyUrl: string, stateOf: (run: string) => string}} around
   */
  constructor(known, feed, actions, around) {
    this.known = known;
    this.feed = feed;
    this.actions = actions;
    this.around = around;
  }

  /** Open a line, or close it; what is open stays although it no longer belongs to the view. @param {number} id */
  toggle(id) {
    const { kept } = this.known;
    if (!kept.delete(id)) kept.add(id);
    this.feed.cursor = id;
    this.known.onChange();
  }

  show() {
    for (const [id, line] of this.feed.lines) {
      const alert = this.known.alerts.get(id);
      const isOpen = this.known.kept.has(id);
      line.inside.hidden = !isOpen;
      mark(line.toggle, "aria-expanded", String(isOpen));
      mark(line.element, "data-open", isOpen ? "" : null);
      if (isOpen && alert) this.fill(line, alert);
      line.body?.chart.see(isOpen);
    }
  }

  /** @param {Line} line @param {AlertJson} alert */
  fill(line, alert) {
    line.body ??= this.make(line, alert);
    line.body.show(alert, isOver(this.around.stateOf(alert.run)));
    write(line.history, historyOf(alert));
  }

  /** @param {Line} line @param {AlertJson} alert */
  make(line, alert) {
    const root = element("div", { class: "line-body" });
    const path = `/api/runs/${encodeURIComponent(alert.run)}`;
    const link = element("a", { class: "line-link", href: alert.url }, "Show in the run", icon("chevron"));
    const { acknowledge, mute, stop } = this.actions;
    line.inside.append(root, element("p", { class: "line-foot" }, link, line.history));
    return new AlertBody(
      root,
      /** @type {any} */ ({ path, plotlyUrl: this.around.plotlyUrl }),
      /** @type {any} */ ({ acknowledge, mute, stop: () => stop(alert) }),
    );
  }
}

/** What became of an alert, in one line. @param {AlertJson} alert */
function historyOf(alert) {
  const at = (/** @type {number} */ ms) => formatClock(ms, Date.now());
  const since = alert.since ?? alert.first_epoch;
  const told = since >= 0 && since < alert.fired_epoch ? [`Began at ${alert.unit} ${since}`] : [];
  told.push(`fired ${at(alert.fired_ms)}`);
  if (alert.resolved_ms !== null) told.push(`resolved at ${alert.unit} ${alert.resolved_epoch}, ${at(alert.resolved_ms)}`);
  if (alert.acknowledged_ms !== null) told.push(`acknowledged by ${alert.acknowledged_by}, ${at(alert.acknowledged_ms)}`);
  if (alert.muted) told.push(alert.muted === "run" ? "muted in this run" : `muted in ${alert.project}`);
  const text = told.join(" · ");
  return text[0].toUpperCase() + text.slice(1);
}
