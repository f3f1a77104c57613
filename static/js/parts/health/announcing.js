// @ts-check
/** News of alerts for who hears the page instead of seeing it: critical ones interrupt, the others wait their turn. */
import { part } from "../../element.js";
import { SEVERITY_WORDS, severityRank } from "../severity.js";

/** @typedef {import("../../types.js").AlertJson} AlertJson */

const KEPT_MS = 8000; // long enough to be read out, short enough not to be found by somebody who browses the page

export class Announcing {
  constructor() {
    this.quietly = part(document, "said-politely");
    this.loudly = part(document, "said-at-once");
  }

  /** Say what began, what grew worse and what is over. @param {AlertJson[]} before @param {AlertJson[]} after */
  compare(before, after) {
    const known = new Map(before.map((alert) => [alert.id, alert]));
    for (const alert of after) {
      const was = known.get(alert.id);
      const wasFiring = was?.phase === "firing";
      if (alert.muted) continue;
      if (alert.phase === "firing" && (!wasFiring || severityRank(alert.severity) > severityRank(was?.severity)))
        this.say(alert.severity, `${SEVERITY_WORDS[alert.severity]} alert: ${alert.title}. ${alert.what}`);
      else if (alert.phase === "resolved" && wasFiring) this.say("info", `Resolved: ${alert.title}`);
    }
  }

  /** @param {string} severity @param {string} text */
  say(severity, text) {
    const line = document.createElement("p");
    line.textContent = text;
    (severity === "critical" ? this.loudly : this.quietly).append(line);
    setTimeout(() => line.remove(), KEPT_MS);
  }
}
