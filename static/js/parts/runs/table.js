// @ts-check
/** The runs table: only the rows in view exist, so that a thousand runs cost what twenty do. */
import { mark, put } from "../../element.js";
import { Row } from "./row.js";

const SPARE_ROWS = 8; // made above and below the view, so that scrolling shows no gap

/** @typedef {import("../../types.js").RunRow} RunRow */

export class Table {
  /** @param {HTMLElement} body */
  constructor(body) {
    this.body = body;
    /** @type {Map<string, Row>} */
    this.rows = new Map();
    /** @type {RunRow[]} */
    this.runs = [];
    /** @type {string | null} */
    this.cursor = null;
    /** @type {Set<string>} */
    this.selected = new Set();
    this.rowHeight = 0;
    this.theme = 0;
    this.planned = 0;
    const again = () => this.plan();
    addEventListener("scroll", again, { passive: true });
    addEventListener("resize", () => {
      this.rowHeight = 0;
      this.theme += 1;
      this.plan();
    });
    document.addEventListener("themechange", () => {
      this.theme += 1;
      this.plan();
    });
    document.addEventListener("visibilitychange", again);
  }

  /** Show these runs, in this order. @param {RunRow[]} runs */
  show(runs) {
    this.runs = runs;
    this.plan();
  }

  /** Render once in the next frame, however often this is called; never while hidden. */
  plan() {
    if (this.planned || document.hidden) return;
    this.planned = requestAnimationFrame(() => {
      this.planned = 0;
      this.render();
    });
  }

  render() {
    if (!this.rowHeight) this.rowHeight = parseFloat(getComputedStyle(this.body).getPropertyValue("--row-height"));
    const height = this.rowHeight;
    const above = -this.body.getBoundingClientRect().top;
    const first = Math.max(0, Math.floor(above / height) - SPARE_ROWS);
    const last = Math.min(this.runs.length, Math.ceil((above + innerHeight) / height) + SPARE_ROWS);
    this.body.style.height = `${this.runs.length * height}px`;
    const inView = new Set(this.runs.slice(first, last).map((run) => run.id));
    for (const [id, row] of this.rows)
      if (!inView.has(id) && !row.element.contains(document.activeElement)) {
        row.element.remove();
        this.rows.delete(id);
      }
    for (let place = first; place < last; place++) this.place(this.runs[place], place, height);
    this.order(first, last);
    for (let place = first; place < last; place++)
      this.rows.get(this.runs[place].id)?.draw(this.runs[place], this.theme);
  }

  /** @param {RunRow} run @param {number} place @param {number} height */
  place(run, place, height) {
    let row = this.rows.get(run.id);
    if (!row) {
      row = new Row(run);
      this.rows.set(run.id, row);
    }
    row.update(run);
    row.element.style.transform = `translateY(${place * height}px)`;
    mark(row.element, "aria-rowindex", String(place + 2));
    mark(row.element, "data-cursor", run.id === this.cursor ? "" : null);
    mark(row.element, "data-selected", this.selected.has(run.id) ? "" : null);
    row.pick.checked = this.selected.has(run.id);
  }

  /** Keep the rows' order in the document that of the eye, for the tab key and for screen readers. @param {number} first @param {number} last */
  order(first, last) {
    let next = this.body.firstElementChild;
    for (let place = first; place < last; place++) {
      const row = /** @type {Row} */ (this.rows.get(this.runs[place].id)).element;
      if (row === next) next = next.nextElementSibling;
      else put(this.body, row, next);
    }
  }

  /** Move the cursor by so many rows and bring it into view. @param {number} by */
  move(by) {
    if (!this.runs.length) return;
    const at = this.runs.findIndex((run) => run.id === this.cursor);
    const place = at < 0 ? 0 : Math.min(this.runs.length - 1, Math.max(0, at + by));
    this.cursor = this.runs[place].id;
    const top = this.body.getBoundingClientRect().top + place * this.rowHeight;
    const ceiling = 100; // below the top bar and the table's head
    if (top < ceiling) scrollBy(0, top - ceiling);
    if (top + this.rowHeight > innerHeight) scrollBy(0, top + this.rowHeight - innerHeight + 12);
    this.render();
    this.rows.get(this.cursor)?.link.focus({ preventScroll: true });
  }
}
