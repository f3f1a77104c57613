// @ts-check
/** The charts that have a place of their own in the overview: the ranking metric, the alerts, and the groups' legend. */
import { element } from "../../element.js";
import { plain } from "./figure-csv.js";

/** @typedef {import("../../types.js").ChartInfo} ChartInfo */
/** @typedef {import("../charts/card.js").ChartCard} ChartCard */

const LANE_PX = 18; // of an alert
const LANES_PX = 72; // for the axis below them

/** @type {ChartInfo} */
const ALERTS = { id: "alerts", title: "Alerts of all runs", metrics: [], kind: "alerts" };

export class FixedCharts {
  /** @param {import("./overlay-wall.js").OverlayWall} wall @param {{lead: HTMLElement, alerts: HTMLElement, legend: HTMLElement}} places */
  constructor(wall, places) {
    this.wall = wall;
    this.places = places;
    /** @type {{lead: ChartCard | null, alerts: ChartCard | null}} */
    this.cards = { lead: null, alerts: null };
  }

  /** @param {ChartInfo | null} lead */
  show(lead) {
    this.fix("lead", lead);
    this.fix("alerts", ALERTS);
  }

  /** @param {"lead" | "alerts"} place @param {ChartInfo | null} info */
  fix(place, info) {
    const now = this.cards[place];
    if (now && now.info.id === info?.id) return;
    if (now) this.wall.drop(now);
    const card = info && this.wall.hold(info);
    const nothing = "These runs have no metric in common.";
    this.cards[place] = card;
    this.places[place].replaceChildren(
      card?.element ?? element("p", { class: "compare-card compare-message quiet" }, nothing),
    );
  }

  /** What a figure says beyond its lines: how high the alerts stand, and which groups its lines are. @param {{data: any[], layout: any}} figure @param {boolean} isGrouped */
  dress(figure, isGrouped) {
    const { lanes } = figure.layout.meta ?? {};
    if (lanes) this.cards.alerts?.element.style.setProperty("--plot-height", `${LANES_PX + LANE_PX * lanes}px`);
    else this.showGroups(isGrouped ? figure.data.filter((trace) => !trace.meta?.part) : []);
  }

  /** Where lines are groups of runs, the chips cannot be their legend. @param {any[]} lines */
  showGroups(lines) {
    const entry = (/** @type {any} */ line) =>
      element(
        "span",
        { class: "group-line", "data-hue": line.line.color.split("-")[1] },
        element("span", { class: "hue-dot" }),
        plain(line.name),
      );
    this.places.legend.hidden = !lines.length;
    this.places.legend.replaceChildren(...lines.map(entry));
  }
}
