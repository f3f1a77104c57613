// @ts-check
/** What a person may do about an alert: take it on, mute it, stop the run. */
import { ask } from "../../api.js";
import { openMenu } from "../menu.js";
import { tell } from "../notice.js";

/** @typedef {import("../../types.js").AlertJson} AlertJson */

const SEEN_TOGETHER_MS = 400;

export class AlertActions {
  /** @param {string} path  of the run in the API @param {() => Promise<void>} reload @param {() => void} stop */
  constructor(path, reload, stop) {
    this.path = path;
    this.reload = reload;
    this.stop = stop;
    /** @type {Set<number>} */
    this.seen = new Set();
    this.timer = 0;
  }

  /** @param {AlertJson} alert */
  acknowledge(alert) {
    const undo = alert.acknowledged_ms !== null;
    return this.act("/api/alerts/acknowledge", { method: "POST", body: { ids: [alert.id], undo } });
  }

  /** @param {AlertJson} alert @param {HTMLElement} at */
  mute(alert, at) {
    if (alert.mute_id !== null) return this.act(`/api/mutes/${alert.mute_id}`, { method: "DELETE" });
    const mute = (/** @type {string} */ scope) =>
      this.act(`/api/alerts/${alert.id}/mute`, { method: "POST", body: { scope } });
    openMenu(at, [
      { word: "In this run", sign: "muted", act: () => mute("run") },
      { word: `In project ${alert.project}`, sign: "muted", act: () => mute("project") },
    ]);
  }

  /** Somebody looked at an alert; several are told at once. @param {number} id */
  look(id) {
    this.seen.add(id);
    this.timer ||= setTimeout(() => this.tellSeen(), SEEN_TOGETHER_MS);
  }

  async tellSeen() {
    this.timer = 0;
    const ids = [...this.seen];
    this.seen.clear();
    await ask("/api/alerts/seen", { method: "POST", body: { ids } }).catch(() => {}); // they stay unread, no more
    document.dispatchEvent(new CustomEvent("alertslooked"));
  }

  /** @param {string} path @param {{method: string, body?: unknown}} options */
  async act(path, options) {
    try {
      await ask(path, options);
      await this.reload();
    } catch (problem) {
      tell(problem instanceof Error ? problem.message : String(problem), "critical");
    }
  }
}
