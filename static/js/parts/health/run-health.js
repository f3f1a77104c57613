// @ts-check
/** Health as the Run page has it: strip and alerts, targets, metrics' roles, each tied to what stands around it. */
import { part } from "../../element.js";
import { island } from "../run/island.js";
import { Health } from "./health.js";
import { pauseItem } from "./health-menu.js";
import { RolesPanel } from "./roles-panel.js";
import { Targets } from "./targets.js";

/** @typedef {import("../../types.js").RunRow} RunRow */

/**
 * @typedef {object} RunPage
 * @property {HTMLElement} root
 * @property {string} path  of the run in the API
 * @property {() => RunRow} run
 * @property {{get: () => import("../run/run-view.js").RunView, set: (change: any) => void}} view
 * @property {ReturnType<typeof import("../run/rail.js").bindRail>} rail
 * @property {import("../run/tab-title.js").TabTitle} title
 * @property {import("../charts/wall.js").Wall} wall
 * @property {() => void} stop
 */

export class RunHealth {
  /** @param {RunPage} page */
  constructor({ root, path, run, view, rail, title, wall, stop }) {
    this.run = run;
    this.wall = wall;
    this.health = new Health(
      {
        path,
        run,
        plotlyUrl: root.dataset.plotly ?? "",
        open: view.get().alert,
        onOpen: (alert) => view.set({ alert }),
        onCount: (open, worst) => {
          title.alarm(open, worst);
          rail.alarm(open, worst);
        },
        onReveal: () => rail.open(),
        onPins: () => wall.repin(),
        stop,
      },
      island("health"),
    );
    wall.onAlert = (id) => this.health.open(id);
    this.targets = new Targets(part(root, "targets"), path, island("targets").targets);
    this.roles = new RolesPanel(part(root, "metrics"), run().project);
    this.showTab(view.get().tab);
  }

  /** @param {string} tab  of the rail */
  showTab(tab) {
    if (tab === "metrics") this.roles.load();
  }

  load() {
    return this.health.load();
  }

  /** The item that pauses or resumes the checks, for the run's menu. */
  menuItem() {
    return pauseItem(this.health);
  }

  /** @param {import("../../types.js").FeedEvent[]} events */
  hearFeed(events) {
    if (events.some((event) => event.type === "lr")) this.wall.repin();
  }

  /** What the stream brings about health. @param {string} event @param {any} data */
  hear(event, data) {
    const { id } = this.run();
    if (event === "health" && data.run === id) this.health.receive(data.health);
    else if (event === "alert" && data.alert.run === id) this.health.hear(data.alert);
    else if (event === "points" && data.run === id) this.targets.receive(data);
    else if (event === "feed" && data.run === id) this.hearFeed(data.events);
  }
}
