// @ts-check
/** The overlaid charts by split: the ranking one first and large, others folded, and no more cards than are looked at. */
import { element, icon, write } from "../../element.js";
import { showMarks } from "../charts/card-head.js";

/** @typedef {import("../../types.js").ChartInfo} ChartInfo */
/** @typedef {import("../charts/card.js").ChartCard} ChartCard */

/** @type {Record<string, string>} */
const TITLES = {
  lead: "Ranking metric",
  pinned: "Pinned",
  found: "Found",
  val: "Validation",
  test: "Test",
  train: "Training",
  other: "Other",
};
const ORDER = ["lead", "pinned", "found", "val", "test", "train", "other"];
const OPEN_AT_FIRST = new Set(["lead", "pinned", "found", "val"]);
const MOST_CARDS = 48;

export class ChartGroups {
  /** @param {HTMLElement} root @param {import("./overlay-wall.js").OverlayWall} wall */
  constructor(root, wall) {
    this.root = root;
    this.wall = wall;
    /** @type {ChartInfo[]} */
    this.charts = [];
    this.yardstick = "";
    /** @type {Map<string, Group>} */
    this.groups = new Map();
    this.nothing = element("p", { class: "charts-nothing quiet", role: "status" });
  }

  /** @param {ChartInfo[]} charts @param {string | null} yardstick */
  show(charts, yardstick) {
    const key = JSON.stringify([charts.map((chart) => chart.id), yardstick]);
    if (key === this.root.dataset.shown) return;
    this.root.dataset.shown = key;
    this.charts = charts;
    this.yardstick = yardstick ?? "";
    this.arrange();
  }

  arrange() {
    const sorted = this.sort();
    for (const name of ORDER) {
      const charts = sorted.get(name) ?? [];
      const group = this.groups.get(name) ?? (charts.length ? new Group(name, this.wall) : null);
      if (!group) continue;
      this.groups.set(name, group);
      group.show(charts);
      this.root.append(group.element);
    }
    const why = this.charts.length ? "No chart matches the filter." : "These runs left no points.";
    write(this.nothing, sorted.size ? "" : why);
    this.root.append(this.nothing);
  }

  /** @returns {Map<string, ChartInfo[]>} */
  sort() {
    const wanted = this.wall.view().q.toLowerCase().split(/\s+/).filter(Boolean);
    const matches = (/** @type {ChartInfo} */ chart) =>
      wanted.every((word) => chart.title.toLowerCase().includes(word));
    /** @type {Map<string, ChartInfo[]>} */
    const sorted = new Map();
    for (const chart of this.charts.filter(matches)) {
      const name = wanted.length ? "found" : this.groupOf(chart.id);
      sorted.set(name, [...(sorted.get(name) ?? []), chart]);
    }
    return sorted;
  }

  /** @param {string} id */
  groupOf(id) {
    if (id === this.yardstick) return "lead";
    if (this.wall.shared.holds("pin", id)) return "pinned";
    const split = id.includes("/") ? id.split("/")[0] : "";
    return split in TITLES && OPEN_AT_FIRST.has(split) ? split : ["test", "train"].includes(split) ? split : "other";
  }
}

/** One split's charts under a heading that folds. Cards exist only while it is open. */
class Group {
  /** @param {string} name @param {import("./overlay-wall.js").OverlayWall} wall */
  constructor(name, wall) {
    this.wall = wall;
    /** @type {ChartInfo[]} */
    this.charts = [];
    /** @type {Map<string, ChartCard>} */
    this.cards = new Map();
    this.limit = MOST_CARDS;
    this.grid = element("div", { class: "chart-grid" });
    this.count = element("span", { class: "number quiet" });
    const showMore = () => {
      this.limit += MOST_CARDS;
      this.fill();
    };
    this.more = element("button", { class: "button section-more", type: "button", hidden: true, onclick: showMore });
    const title = element("span", { class: "section-title" }, TITLES[name]);
    this.element = element(
      "details",
      { class: "chart-section chart-group", "data-group": name, open: OPEN_AT_FIRST.has(name) },
      element("summary", { class: "group-head" }, icon("chevron"), title, this.count),
      this.grid,
      this.more,
    );
    this.element.addEventListener("toggle", () => this.fill());
  }

  /** @param {ChartInfo[]} charts */
  show(charts) {
    this.charts = charts;
    this.element.hidden = !charts.length;
    write(this.count, String(charts.length));
    this.fill();
  }

  fill() {
    const shown = this.element.open ? this.charts.slice(0, this.limit) : [];
    const wanted = new Set(shown.map((chart) => chart.id));
    for (const [id, card] of this.cards)
      if (!wanted.has(id)) {
        this.wall.drop(card);
        this.cards.delete(id);
      }
    shown.forEach((info, place) => {
      const card = this.cards.get(info.id) ?? this.wall.hold(info);
      this.cards.set(info.id, card);
      showMarks(card);
      if (this.grid.children[place] !== card.element)
        this.grid.insertBefore(card.element, this.grid.children[place] ?? null);
    });
    const left = this.charts.length - shown.length;
    this.more.hidden = !this.element.open || left <= 0;
    write(this.more, `Show ${Math.min(left, MOST_CARDS)} more`);
  }
}
