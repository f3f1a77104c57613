// @ts-check
/** The sections of the wall: headings, the grid of cards, and no more cards than somebody looks at. */
import { element, mark, write } from "../../element.js";
import { showMarks } from "./card-head.js";
import { ChartCard } from "./card.js";
import { SectionFrame, showPlaces } from "./section-frame.js";

/** @typedef {import("../../types.js").ChartSection} ChartSection */
/** @typedef {import("../../types.js").ChartInfo} ChartInfo */

const NEAR = "240px"; // how far below the window a chart is fetched ahead

export class Sections {
  /** @param {HTMLElement} root @param {import("./wall.js").Wall} wall */
  constructor(root, wall) {
    this.root = root;
    this.wall = wall;
    /** @type {(ChartSection)[]} */
    this.listed = [];
    /** @type {Map<string, ChartCard>} */
    this.cards = new Map();
    /** @type {Map<string, SectionFrame>} */
    this.frames = new Map();
    this.nothing = element("p", { class: "charts-nothing quiet", role: "status" });
    this.seen = new IntersectionObserver(
      (entries) => {
        for (const entry of entries)
          this.cards.get(/** @type {HTMLElement} */ (entry.target).dataset.chart ?? "")?.see(entry.isIntersecting);
      },
      { rootMargin: NEAR },
    );
  }

  /** @param {(ChartSection)[]} listed @param {number} metrics  how many the run has */
  show(listed, metrics) {
    this.listed = listed;
    mark(this.root, "aria-busy", "false");
    this.root.querySelector("[aria-hidden]")?.remove();
    write(
      this.nothing,
      listed.length
        ? ""
        : metrics
          ? "No chart matches the filter."
          : this.wall.isOver()
            ? "This run left no points."
            : "No points yet. Charts appear with the first ones.",
    );
    this.arrange();
  }

  /** Put the pinned charts first, the others in their sections; what is there already stays as it is. */
  arrange() {
    const all = this.listed.flatMap((section) => section.charts);
    const pinned = all.filter((chart) => this.wall.shared.holds("pin", chart.id));
    const rest = this.listed.map((section) => ({
      ...section,
      charts: section.charts.filter((chart) => !pinned.includes(chart)),
    }));
    const sections = [...(pinned.length ? [{ id: "pinned", title: "Pinned", charts: pinned }] : []), ...rest].filter(
      (section) => section.charts.length,
    );
    const wanted = new Set(sections.map((section) => section.id));
    for (const [id, frame] of this.frames)
      if (!wanted.has(id)) {
        frame.section.remove();
        this.frames.delete(id);
      }
    /** @type {Set<string>} */
    const kept = new Set();
    sections.forEach((section, place) => {
      for (const id of this.place(section, place)) kept.add(id);
    });
    this.pair(sections);
    this.root.append(this.nothing);
    for (const [id, card] of this.cards) if (!kept.has(id)) this.drop(id, card);
    showPlaces(sections);
  }

  /** Two sections of one chart each share a row. @param {ChartSection[]} sections */
  pair(sections) {
    for (let place = 0; place < sections.length; place++) {
      const both = [sections[place], sections[place + 1]];
      const isPair = both.every((section) => section?.charts.length === 1);
      for (const section of isPair ? both : [both[0]])
        mark(/** @type {SectionFrame} */ (this.frames.get(section.id)).section, "data-half", isPair ? "" : null);
      if (isPair) place++;
    }
  }

  /** @param {ChartSection} section @param {number} at @returns {string[]}  the charts it shows */
  place(section, at) {
    const frame = this.frames.get(section.id) ?? this.addFrame(section);
    if (this.root.children[at] !== frame.section) this.root.insertBefore(frame.section, this.root.children[at] ?? null);
    const shown = section.charts.slice(0, frame.limit);
    shown.forEach((info, place) => {
      const card = this.card(info);
      if (frame.grid.children[place] !== card.element)
        frame.grid.insertBefore(card.element, frame.grid.children[place] ?? null);
    });
    frame.showCount(section, shown.length);
    return shown.map((info) => info.id);
  }

  /** @param {ChartSection} section */
  addFrame(section) {
    const frame = new SectionFrame(section, () => this.arrange());
    this.frames.set(section.id, frame);
    return frame;
  }

  /** @param {ChartInfo} info */
  card(info) {
    const known = this.cards.get(info.id);
    if (known) {
      known.info.metrics = info.metrics;
      showMarks(known);
      return known;
    }
    const card = new ChartCard({ ...info }, this.wall);
    this.cards.set(info.id, card);
    this.seen.observe(card.element);
    return card;
  }

  /** @param {string} id @param {ChartCard} card */
  drop(id, card) {
    this.seen.unobserve(card.element);
    card.destroy();
    this.cards.delete(id);
  }
}
