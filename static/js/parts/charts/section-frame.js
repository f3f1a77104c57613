// @ts-check
/** The frame of one section of charts: heading, grid, and the button that shows more of them. */
import { element, part, write } from "../../element.js";

/** @typedef {import("../../types.js").ChartSection} ChartSection */

const SHOWN_AT_FIRST = 24; // ten thousand metrics would else be ten thousand cards
const SHOWN_MORE = 48;

export class SectionFrame {
  /** @param {ChartSection} section @param {() => void} onMore */
  constructor({ id, title }, onMore) {
    this.limit = SHOWN_AT_FIRST;
    this.grid = element("div", { class: "chart-grid" });
    this.count = element("span", { class: "section-count number quiet" });
    const showMore = () => {
      this.limit += SHOWN_MORE;
      onMore();
    };
    this.more = element("button", { class: "button section-more", type: "button", hidden: true, onclick: showMore });
    const heading = element("h2", { class: "section-title", id: `title-${id}` }, title);
    const names = { class: "chart-section", id: `section-${id}`, "aria-labelledby": `title-${id}` };
    this.section = element(
      "section",
      names,
      element("div", { class: "section-head" }, heading, this.count),
      this.grid,
      this.more,
    );
  }

  /** @param {ChartSection} section @param {number} shown */
  showCount({ charts, hidden = 0 }, shown) {
    const left = charts.length - shown;
    write(this.count, String(charts.length + hidden));
    this.more.hidden = left + hidden === 0;
    this.more.disabled = left === 0;
    write(this.more, left ? `Show ${Math.min(left, SHOWN_MORE)} more` : `${hidden} more: filter by name to find them`);
  }
}

/** Show links to the sections, in the tools. @param {ChartSection[]} sections */
export function showPlaces(sections) {
  const places = part(document, "places");
  const key = sections.map((section) => section.id).join();
  if (places.dataset.shown === key) return;
  places.dataset.shown = key;
  const links = sections.map(({ id, title }) => element("a", { class: "tools-place", href: `#section-${id}` }, title));
  places.replaceChildren(...links);
}
