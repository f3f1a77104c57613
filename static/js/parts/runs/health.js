// @ts-check
/** A run's health in the table: the worst that fires, how many do, and whether somebody has looked. */
import { element, icon, mark, write } from "../../element.js";
import { SEVERITY_MEANINGS, SEVERITY_WORDS } from "../severity.js";

/** @typedef {import("../../types.js").RunRow} RunRow */

/** From best to worst. */
const ORDER = ["not_checked", "ok", "info", "warning", "critical"];

/** @type {Record<string, string>} */
export const HEALTH_WORDS = { ...SEVERITY_WORDS, not_checked: "Not checked", unread: "Unread" };

/** @type {Record<string, string>} */
const MEANINGS = {
  ...SEVERITY_MEANINGS,
  ok: "No rule has anything to say",
  not_checked: "No epoch is over yet: there was nothing to check",
};

/** What the table can be narrowed to, from worst to least. */
export const HEALTH_FILTERS = ["critical", "warning", "info", "unread"];

/** Say a run's health in one word; a run without an epoch behind it was not checked, which is not healthy. @param {RunRow} run */
export const healthOf = (run) => run.health.worst ?? (run.epochs_done > 0 ? "ok" : "not_checked");

/** Say what a run's health answers to in a filter. @param {RunRow} run @returns {string[]} */
export const healthsOf = (run) => [healthOf(run), ...(run.health.unread ? ["unread"] : [])];

/** Rank a run's health: worse is higher, then who has more that fires. @param {RunRow} run */
export const healthRank = (run) => ORDER.indexOf(healthOf(run)) * 1000 + Math.min(run.health.firing, 999);

export class HealthCell {
  constructor() {
    this.sign = element("span", { class: "severity-sign" });
    this.word = element("span", { class: "runs-health-word" });
    this.unread = element("span", { class: "unread", role: "img", "aria-label": "not looked at yet" });
    this.firing = element("span", { class: "number runs-second" });
    this.parts = [this.sign, element("span", { class: "runs-health-top" }, this.word, this.unread), this.firing];
  }

  /** @param {RunRow} run */
  update(run) {
    const { firing, unread } = run.health;
    const worst = healthOf(run);
    if (this.sign.dataset.severity !== worst) {
      for (const told of [this.sign, this.word]) mark(told, "data-severity", worst);
      this.sign.replaceChildren(icon(worst));
      mark(this.word, "title", MEANINGS[worst]);
    }
    write(this.word, worst === "not_checked" ? "–" : HEALTH_WORDS[worst]);
    write(this.firing, firing ? `${firing} firing` : "");
    this.unread.hidden = unread === 0;
    mark(this.unread, "title", `${unread} not looked at yet`);
  }
}
