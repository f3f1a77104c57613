// @ts-check
/** A run's health on its page: the strip, the alerts, what is said aloud, and what the tab shows. */
import { ask } from "../../api.js";
import { part } from "../../element.js";
import { tell } from "../notice.js";
import { AlertActions } from "./alert-actions.js";
import { AlertList } from "./alert-list.js";
import { isLoud } from "./words.js";
import { Announcing } from "./announcing.js";
import { listenForAlerts } from "./signals.js";
import { openHealthMenu } from "./health-menu.js";
import { Strip } from "./strip.js";

/** @typedef {import("../../types.js").HealthJson} HealthJson */
/** @typedef {import("../../types.js").AlertJson} AlertJson */
/** @typedef {import("../../types.js").RunRow} RunRow */

/**
 * @typedef {object} Surroundings
 * @property {string} path  of the run in the API
 * @property {() => RunRow} run
 * @property {string} plotlyUrl
 * @property {string} open  id of the alert that the address asks for, or ""
 * @property {(id: string) => void} onOpen  an alert was opened or closed ("")
 * @property {(open: number, worst: string | null) => void} onCount  how many alerts ask for somebody
 * @property {() => void} onReveal  the alerts have to come into sight
 * @property {() => void} onPins  what is pinned on the charts changed
 * @property {() => void} stop  ask whether to stop the run
 */

export class Health {
  /** @param {Surroundings} around @param {HealthJson | null} first */
  constructor(around, first) {
    this.around = around;
    /** @type {HealthJson | null} */
    this.health = null;
    this.asked = 0;
    this.strip = new Strip(part(document, "health"), {
      open: (id) => this.open(id),
      menu: (at) => openHealthMenu(at, this),
      resume: () => this.pause(false),
    });
    const actions = new AlertActions(around.path, () => this.load(), around.stop);
    this.list = new AlertList(part(document, "alerts"), around, actions);
    this.announcing = new Announcing();
    listenForAlerts();
    if (first) this.show(first);
    if (around.open) this.open(Number(around.open), { quietly: true });
  }

  get isPaused() {
    return this.health?.paused ?? false;
  }

  /** Ask how the run is; where the stream was quicker than the answer, the stream is right. */
  async load() {
    const asked = this.asked;
    const health = await ask(`${this.around.path}/health`);
    if (asked === this.asked) this.show(health);
  }

  /** The stream told. @param {HealthJson} health */
  receive(health) {
    this.asked += 1;
    this.show(health);
  }

  /** One alert changed; the whole health follows, but this one need not wait for it. @param {AlertJson} alert */
  hear(alert) {
    if (!this.health) return;
    const others = this.health.alerts.filter((one) => one.id !== alert.id);
    this.receive({ ...this.health, alerts: [alert, ...others] });
  }

  /** @param {HealthJson} health */
  show(health) {
    const before = this.health;
    this.health = health;
    this.strip.show(health);
    this.list.show(health.alerts);
    if (before) this.announcing.compare(before.alerts, health.alerts);
    const loud = health.alerts.filter(isLoud);
    this.around.onCount(loud.length, loud.some((alert) => alert.severity === "critical") ? "critical" : "warning");
    if (before && pinKey(before) !== pinKey(health)) this.around.onPins();
  }

  /** Show an alert's card, opened. @param {number} id @param {{quietly?: boolean}} [how] */
  open(id, { quietly = false } = {}) {
    if (!this.list.open(id)) return quietly || tell("This alert is no longer among the run's.", "critical");
    this.around.onReveal();
    this.list.reveal(id);
  }

  /** @param {boolean} paused */
  async pause(paused) {
    try {
      this.receive(await ask(`${this.around.path}/health/pause`, { method: "POST", body: { paused } }));
      tell(paused ? "Health checks paused" : "Health checks resumed");
    } catch (problem) {
      tell(problem instanceof Error ? problem.message : String(problem), "critical");
    }
  }
}

/** What of a health stands on the charts. @param {HealthJson} health */
const pinKey = (health) => health.alerts.map((alert) => `${alert.id} ${alert.severity} ${alert.fired_epoch}`).join();
