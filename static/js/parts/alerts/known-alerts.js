// @ts-check
/** The alerts that the page knows: what the server answered, page by page, and over it what the stream told since. */
import { ask, withQuery } from "../../api.js";
import { matches, newestFirst, queryOf } from "./view.js";

/** @typedef {import("../../types.js").AlertJson} AlertJson */
/** @typedef {import("./view.js").AlertsView} AlertsView */

const PAGE = 100; // alerts in one answer: more than a screen, less than a wait
const TOO_FEW = 20; // a page of muted alerts shows nothing, and hides what comes after it
const SETTLES_AFTER_MS = 250; // a rule that fires for many subjects speaks many times at once

export class KnownAlerts {
  /** @param {() => AlertsView} view @param {() => void} onChange */
  constructor(view, onChange) {
    this.view = view;
    this.onChange = onChange;
    /** @type {Map<number, AlertJson>} */
    this.alerts = new Map();
    /** @type {Set<number>} those that stay although they no longer belong: somebody is reading them */
    this.kept = new Set();
    /** @type {import("../../types.js").AlertCounts | null} */
    this.counts = null;
    /** @type {"loading" | "ready" | "failed"} */
    this.phase = "loading";
    this.hasOlder = false;
    this.asked = 0;
    this.told = this.timer = 0;
  }

  /** Give the alerts of the view, newest first. */
  shown() {
    return [...this.alerts.values()]
      .filter((alert) => matches(alert, this.view()) || this.kept.has(alert.id))
      .sort(newestFirst);
  }

  /** Ask for the newest alerts of the view. An answer to an earlier view is dropped. @param {boolean} anew  forget what another view showed */
  async load(anew) {
    const asked = ++this.asked;
    if (anew) {
      this.alerts.clear();
      this.kept.clear();
      this.phase = "loading";
      this.onChange();
    }
    try {
      const told = this.told;
      const { alerts, counts } = await ask(withQuery("/api/alerts", { ...queryOf(this.view()), limit: PAGE }));
      if (asked !== this.asked) return;
      if (told !== this.told) return void this.load(false); // the stream was quicker than the answer
      this.hasOlder = this.merge(alerts);
      this.counts = counts;
      this.phase = "ready";
    } catch (problem) {
      if (asked !== this.asked) return;
      if (this.phase === "loading") this.phase = "failed";
    }
    this.onChange();
    if (this.hasOlder && this.shown().length < TOO_FEW) await this.loadOlder().catch(() => {}); // the button tries again
  }

  /**
   * Take the newest alerts; those of later pages, and those somebody reads, stay.
   * @param {AlertJson[]} newest
   * @returns {boolean}  whether there are older ones to ask for
   */
  merge(newest) {
    const last = newest.at(-1);
    const isFull = newest.length === PAGE;
    const rest = [...this.alerts.values()].filter((alert) => isFull && last && newestFirst(alert, last) > 0);
    const read = [...this.kept].flatMap((id) => this.alerts.get(id) ?? []);
    this.alerts = new Map([...rest, ...read, ...newest].map((alert) => [alert.id, alert]));
    return rest.length ? this.hasOlder : isFull;
  }

  /** Ask for the alerts before those shown. */
  async loadOlder() {
    const asked = this.asked;
    const before = [...this.alerts.values()].filter((alert) => !this.kept.has(alert.id)).sort(newestFirst).at(-1)?.id;
    const { alerts } = await ask(withQuery("/api/alerts", { ...queryOf(this.view()), before, limit: PAGE }));
    if (asked !== this.asked) return;
    for (const alert of alerts) if (!this.alerts.has(alert.id)) this.alerts.set(alert.id, alert);
    this.hasOlder = alerts.length === PAGE;
    this.onChange();
    if (this.hasOlder && this.shown().length < TOO_FEW) await this.loadOlder();
  }

  /** Ask for the counts alone: one alert changed them. */
  async recount() {
    this.timer = 0;
    const { counts } = await ask(withQuery("/api/alerts", { ...queryOf(this.view()), limit: 1 }));
    this.counts = counts;
    this.onChange();
  }

  /** Take an alert as it is told now; one that is not of the view is let go, for a page may stay open for days. @param {AlertJson} alert */
  put(alert) {
    this.told += 1;
    if (matches(alert, this.view()) || this.kept.has(alert.id)) this.alerts.set(alert.id, alert);
    else this.alerts.delete(alert.id);
    this.timer ||= setTimeout(() => this.recount().catch(() => {}), SETTLES_AFTER_MS); // the next change asks again
    this.onChange();
  }

  /** Take the answer to something that was done. @param {AlertJson[]} alerts */
  take(alerts) {
    for (const alert of alerts) this.put(alert);
  }

  /** A run is gone, and its alerts with it. @param {string} run */
  dropRun(run) {
    for (const alert of [...this.alerts.values()]) if (alert.run === run) this.alerts.delete(alert.id);
    this.onChange();
  }
}
