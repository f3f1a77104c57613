// @ts-check
/** The feed of alerts under their headings: elements are kept, moved and updated, never made anew. */
import { mark, put } from "../../element.js";
import { AlertGroup } from "./alert-group.js";
import { Line } from "./line.js";
import { group } from "./view.js";

/** @typedef {import("../../types.js").AlertJson} AlertJson */
/** @typedef {import("./alert-group.js").RunSign} RunSign */

const CEILING = 110; // what stands still above the feed: the top bar and a heading

export class AlertsFeed {
  /** @param {HTMLElement} root @param {(id: number, line: Line) => void} onMade */
  constructor(root, onMade) {
    this.root = root;
    this.onMade = onMade;
    /** @type {Map<string, AlertGroup>} */
    this.groups = new Map();
    /** @type {Map<number, Line>} */
    this.lines = new Map();
    /** @type {Set<number>} */
    this.selected = new Set();
    /** @type {Set<number>} not looked at when this page first showed them */
    this.fresh = new Set();
    /** @type {number | null} */
    this.cursor = null;
    this.by = "";
  }

  /** @param {AlertJson[]} alerts  newest first @param {string} by @param {Map<string, RunSign>} runs */
  show(alerts, by, runs) {
    if (by !== this.by) this.clear();
    this.by = by;
    mark(this.root, "data-by", by);
    const groups = group(alerts, by);
    const made = groups.map((one) => this.showGroup(one, runs));
    for (const [key, view] of this.groups)
      if (!groups.some((one) => one.key === key)) {
        view.element.remove();
        this.groups.delete(key);
      }
    arrange(this.root, made.map((view) => view.element));
    const shown = new Set(alerts.map((alert) => alert.id));
    for (const [id, line] of this.lines) if (!shown.has(id)) this.drop(id, line);
    for (const id of this.selected) if (!shown.has(id)) this.selected.delete(id);
    if (this.cursor !== null && !shown.has(this.cursor)) this.cursor = null;
  }

  /** @param {number} id @param {Line} line */
  drop(id, line) {
    line.destroy();
    this.lines.delete(id);
  }

  clear() {
    for (const [id, line] of this.lines) this.drop(id, line);
    this.groups.clear();
    this.root.replaceChildren();
  }

  /** @param {{key: string, alerts: AlertJson[]}} told @param {Map<string, RunSign>} runs */
  showGroup({ key, alerts }, runs) {
    const view = this.groups.get(key) ?? new AlertGroup(key, this.by);
    this.groups.set(key, view);
    const visible = view.update(alerts, runs.get(key));
    arrange(view.list, visible.map((alert) => this.showLine(alert, runs).element));
    const picked = alerts.filter((alert) => this.selected.has(alert.id)).length;
    view.pick.checked = picked === alerts.length;
    view.pick.indeterminate = picked > 0 && picked < alerts.length;
    return view;
  }

  /** @param {AlertJson} alert @param {Map<string, RunSign>} runs */
  showLine(alert, runs) {
    let line = this.lines.get(alert.id);
    if (!line) {
      line = new Line(alert);
      this.lines.set(alert.id, line);
      if (alert.seen_ms === null) this.fresh.add(alert.id);
      this.onMade(alert.id, line);
    }
    line.update(alert, { by: this.by, hue: runs.get(alert.run)?.hue });
    line.fresh.hidden = !this.fresh.has(alert.id);
    line.pick.checked = this.selected.has(alert.id);
    mark(line.element, "data-selected", this.selected.has(alert.id) ? "" : null);
    mark(line.element, "data-cursor", alert.id === this.cursor ? "" : null);
    return line;
  }

  /** Show all alerts under a heading, or the newest few again. @param {string} key @param {() => void} onChange */
  unfold(key, onChange) {
    const view = this.groups.get(key);
    if (view) view.isOpen = !view.isOpen;
    onChange();
  }

  /** Give the lines on the page from top to bottom. @returns {number[]} */
  order() {
    return [...this.root.querySelectorAll("li[data-id]")].map((line) =>
      Number(/** @type {HTMLElement} */ (line).dataset.id),
    );
  }

  /** Move the cursor by so many lines and bring it into view. @param {number} by */
  move(by) {
    const order = this.order();
    if (!order.length) return;
    const at = this.cursor === null ? -1 : order.indexOf(this.cursor);
    this.cursor = order[at < 0 ? 0 : Math.min(order.length - 1, Math.max(0, at + by))];
    for (const [id, line] of this.lines) mark(line.element, "data-cursor", id === this.cursor ? "" : null);
    const line = /** @type {Line} */ (this.lines.get(this.cursor));
    line.toggle.focus({ preventScroll: true });
    const { top, bottom } = line.element.getBoundingClientRect();
    if (top < CEILING) scrollBy(0, top - CEILING);
    else if (bottom > innerHeight) scrollBy(0, Math.min(bottom - innerHeight + 12, top - CEILING));
  }
}

/** Bring children into an order, moving only what stands elsewhere. @param {HTMLElement} parent @param {HTMLElement[]} children */
function arrange(parent, children) {
  const wanted = new Set(children);
  for (const child of [...parent.children]) if (!wanted.has(/** @type {HTMLElement} */ (child))) child.remove();
  let next = parent.firstElementChild;
  for (const child of children) {
    if (child === next) next = next.nextElementSibling;
    else put(parent, child, next);
  }
}
