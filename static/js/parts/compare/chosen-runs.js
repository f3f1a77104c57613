// @ts-check
/** The runs that are left by a choice, the best first; some of them are ticked to be compared. */
import { element, icon, mark, part, write } from "../../element.js";
import { formatCount, formatValue } from "../../format.js";
import { STATE_WORDS } from "../state.js";
import { verdictChip } from "../verdict.js";

/** @typedef {import("../../types.js").RunRow} RunRow */

const MOST_SHOWN = 60;
const MOST_COMPARED = 8;

export class ChosenRuns {
  /** @param {{onTick: (ids: string[]) => void, onPoint: (ids: string[]) => void, compare: (ids: string[]) => void}} actions */
  constructor({ onTick, onPoint, compare }) {
    this.onTick = onTick;
    this.onPoint = onPoint;
    /** @type {Set<string>} */
    this.ticked = new Set();
    /** @type {RunRow[]} */
    this.shown = [];
    this.name = "";
    /** @type {Map<string, number | string>} */
    this.values = new Map();
    this.isLowBetter = false;
    this.button = /** @type {HTMLButtonElement} */ (part(document, "compare-these"));
    this.button.addEventListener("click", () => compare(this.wanted()));
    part(document, "list").addEventListener("pointerleave", () => this.onPoint([...this.ticked]));
  }

  /** Order by this quantity from now on: the one the lines are coloured by. @param {string} name @param {Map<string, number | string>} values @param {boolean} isLowBetter */
  rankBy(name, values, isLowBetter) {
    this.name = name;
    this.values = values;
    this.isLowBetter = isLowBetter;
  }

  /** Those that are ticked, else as many of the best as can be compared. */
  wanted() {
    return this.ticked.size ? [...this.ticked] : this.shown.slice(0, MOST_COMPARED).map((run) => run.id);
  }

  /** @param {RunRow[]} runs  that are left @param {number} total @param {boolean} isChosen */
  show(runs, total, isChosen) {
    this.shown = this.ranked(runs);
    for (const id of this.ticked) if (!runs.some((run) => run.id === id)) this.ticked.delete(id);
    mark(part(document, "list-title"), "title", this.name ? `Ordered by ${this.name}` : null);
    const all = `${formatCount(total)} ${total === 1 ? "run" : "runs"}`;
    write(part(document, "list-title"), isChosen ? `${formatCount(runs.length)} of ${all} chosen` : all);
    const lines = this.shown.slice(0, MOST_SHOWN).map((run, place) => this.line(run, place));
    const more = runs.length - lines.length;
    const rest = `${formatCount(more)} more: choose a narrower stretch to see them`;
    part(document, "list").replaceChildren(
      ...lines,
      ...(more > 0 ? [element("p", { class: "compare-message quiet" }, rest)] : []),
    );
    this.showButton();
  }

  showButton() {
    const count = this.wanted().length;
    this.button.disabled = count < 2 || count > MOST_COMPARED;
    const usual = this.ticked.size ? `Compare these ${count}` : `Compare the best ${count}`;
    const word = count < 2 ? "Tick two or more" : usual;
    write(part(document, "compare-word"), count > MOST_COMPARED ? `At most ${MOST_COMPARED} can be compared` : word);
  }

  /** @param {RunRow} run @param {number} place */
  line(run, place) {
    const tick = element("input", { class: "check", type: "checkbox", "aria-label": `Compare ${run.name}` });
    tick.checked = this.ticked.has(run.id);
    tick.addEventListener("change", () => {
      if (tick.checked) this.ticked.add(run.id);
      else this.ticked.delete(run.id);
      this.onTick([...this.ticked]);
      this.showButton();
    });
    const line = element(
      "div",
      { class: "project-run", "data-hue": run.hue },
      tick,
      element("span", { class: "number quiet project-rank" }, String(place + 1)),
      element("a", { class: "side-link", href: run.url }, element("span", { class: "hue-dot" }), run.name || run.id),
      run.verdict ? verdictChip(run.verdict) : null,
      element("span", { class: "number project-best", title: this.name }, this.word(run.id)),
      element("span", { class: "chip-sign", "data-state": run.state, title: STATE_WORDS[run.state] }, icon(run.state)),
    );
    line.addEventListener("pointerenter", () => this.onPoint([run.id, ...this.ticked]));
    return line;
  }

  /** A run was pressed elsewhere. @param {string} id */
  toggle(id) {
    if (!this.ticked.delete(id)) this.ticked.add(id);
    const place = this.shown.findIndex((run) => run.id === id);
    const line = part(document, "list").children[place];
    const tick = /** @type {HTMLInputElement | null} */ (line?.querySelector("input"));
    if (tick) tick.checked = this.ticked.has(id);
    mark(part(document, "list"), "data-ticked", String(this.ticked.size));
    this.onTick([...this.ticked]);
    this.showButton();
  }

  /** @param {string} id */
  word(id) {
    const value = this.values.get(id);
    return typeof value === "string" ? value : formatValue(value);
  }

  /** Best first; words by the alphabet; a run without a value last. @param {RunRow[]} runs */
  ranked(runs) {
    const sign = this.isLowBetter ? 1 : -1;
    return [...runs].sort((a, b) => {
      const [left, right] = [this.values.get(a.id), this.values.get(b.id)];
      if (left === undefined || right === undefined) return Number(left === undefined) - Number(right === undefined);
      if (typeof left === "number" && typeof right === "number" && left !== right) return sign * (left - right);
      return left === right ? b.created_ms - a.created_ms : left < right ? -1 : 1;
    });
  }
}
