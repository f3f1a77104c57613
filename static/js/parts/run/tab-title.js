// @ts-check
/** What the browser's tab tells of a run: how many alerts ask for somebody, how far it is, and its name. */
import { showTitle, stateSign } from "../state.js";

/** @typedef {import("../../types.js").RunRow} RunRow */

export class TabTitle {
  constructor() {
    /** @type {RunRow | null} */
    this.run = null;
    this.alerts = 0;
    /** @type {string | null} */
    this.worst = null;
  }

  /** @param {RunRow} run */
  show(run) {
    this.run = run;
    const count = this.alerts ? `(${this.alerts}) ` : "";
    const running = run.state === "running" ? "● " : "";
    const epochs = run.planned_epochs ? `${run.epochs_done}/${run.planned_epochs}` : String(run.epochs_done);
    showTitle(`${count}${running}epoch ${epochs} · ${run.name}`, this.worst ?? stateSign(run.state));
  }

  /** Tell how many alerts ask for somebody. @param {number} alerts @param {string | null} worst */
  alarm(alerts, worst) {
    this.alerts = alerts;
    this.worst = alerts ? worst : null;
    if (this.run) this.show(this.run);
  }
}
