// @ts-check
/** The feed: what happened in a run's life, newest first. */
import { ask, withQuery } from "../../api.js";
import { showAge } from "../../clock.js";
import { element, icon } from "../../element.js";
import { formatClock } from "../../format.js";
import { describeEvent } from "./event-words.js";

/** @typedef {import("../../types.js").FeedEvent} FeedEvent */

const PAGE = 200; // lines in one answer of the server
const SHOWN_IN_A_ROW = 2;
const FOLDED = new Set(["best", "lr"]);

export class Feed {
  /** @param {HTMLElement} root @param {string} path  of the run in the API */
  constructor(root, path) {
    this.path = path;
    /** @type {Map<number, FeedEvent>} */
    this.events = new Map();
    this.oldest = 0;
    this.most = 2 * PAGE; // lines kept: a page may stay open for days
    this.list = element("ol", { class: "feed" });
    this.nothing = element(
      "p",
      { class: "feed-nothing quiet" },
      "Nothing yet: new bests, changes of the learning rate, notes and changes of state appear here.",
    );
    this.older = element(
      "button",
      { class: "button feed-older", type: "button", hidden: true, onclick: () => this.loadOlder() },
      "Older",
    );
    root.append(this.nothing, this.list, this.older);
  }

  /** Fetch the newest lines; lines already shown stay. */
  async load() {
    const { events } = await ask(`${this.path}/events`);
    this.oldest = events.at(-1)?.id ?? 0;
    this.older.hidden = events.length < PAGE;
    this.add(events);
  }

  async loadOlder() {
    const { events } = await ask(withQuery(`${this.path}/events`, { before: this.oldest }));
    this.most += PAGE;
    this.oldest = events.at(-1)?.id ?? 0;
    this.older.hidden = events.length < PAGE;
    this.add(events);
  }

  /** Put events in their places; known ones are left alone. @param {FeedEvent[]} events @returns {FeedEvent[]}  those that are new */
  add(events) {
    const fresh = events
      .filter((event) => !this.events.has(event.id))
      .sort((a, b) => a.id - b.id);
    for (const event of fresh) {
      this.events.set(event.id, event);
      const next = /** @type {HTMLElement[]} */ ([...this.list.children]).find(
        (line) => Number(line.dataset.id) < event.id,
      );
      this.list.insertBefore(feedLine(event), next ?? null);
    }
    this.nothing.hidden = this.events.size > 0;
    this.trim();
    this.fold();
    return fresh;
  }

  /** Let go of the oldest lines; the button brings them back. */
  trim() {
    if (this.events.size <= this.most) return;
    const lines = /** @type {HTMLElement[]} */ ([...this.list.children]);
    for (const line of lines.slice(this.most)) this.events.delete(Number(line.dataset.id)) && line.remove();
    this.oldest = Number(lines[this.most - 1].dataset.id);
    this.older.hidden = false;
  }

  /** Bests early in a run and steps of a schedule come in rows: of several alike only the newest is shown in full. */
  fold() {
    /** @type {HTMLElement[]} */
    let row = [];
    for (const line of /** @type {HTMLElement[]} */ ([...this.list.children])) {
      line.querySelector(".feed-fold")?.remove();
      if (row.length && alike(row[0], line)) row.push(line);
      else {
        this.foldRow(row);
        row = [line];
      }
    }
    this.foldRow(row);
  }

  /** @param {HTMLElement[]} row  newest first */
  foldRow(row) {
    const [newest, ...others] = row;
    const isLong = row.length > SHOWN_IN_A_ROW;
    const isOpen = newest?.hasAttribute("data-open");
    for (const line of others) line.hidden = isLong && !isOpen;
    if (!isLong) return;
    const toggle = () => {
      newest.toggleAttribute("data-open");
      this.fold();
    };
    const word = isOpen ? "fold" : `and ${others.length} before it`;
    const button = { class: "feed-fold", type: "button", "aria-expanded": String(isOpen), onclick: toggle };
    newest.querySelector(".feed-text")?.append(element("button", button, word));
  }
}

/** @param {HTMLElement} one @param {HTMLElement} other */
function alike(one, other) {
  const { type, metric } = one.dataset;
  return FOLDED.has(type ?? "") && type === other.dataset.type && metric === other.dataset.metric;
}

/** @param {FeedEvent} event */
function feedLine(event) {
  const { sign, title, text, metric, level } = describeEvent(event);
  const age = element("time", {
    class: "age quiet number",
    datetime: new Date(event.time_ms).toISOString(),
    title: formatClock(event.time_ms, Date.now()),
  });
  showAge(age, event.time_ms, null);
  const where =
    event.epoch !== null && event.epoch !== undefined ? `epoch ${event.epoch}` : event.step ? `step ${event.step}` : "";
  return element(
    "li",
    { class: "feed-line", "data-id": event.id, "data-level": level, "data-type": event.type, "data-metric": metric },
    element("span", { class: "feed-sign" }, icon(sign)),
    element(
      "div",
      { class: "feed-text" },
      element("span", { class: "feed-title" }, title),
      (metric || text) &&
        element(
          "span",
          { class: "feed-more" },
          metric && element("span", { class: "metric" }, metric),
          metric && text ? " · " : null,
          text,
        ),
    ),
    element("div", { class: "feed-when" }, age, where && element("span", { class: "quiet number" }, where)),
  );
}
