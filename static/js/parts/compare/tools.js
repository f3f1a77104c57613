// @ts-check
/** What acts on all overlaid charts at once: tab, filter, alignment, scale, baseline, grouping, zoom. */
import { element, mark, part, write } from "../../element.js";
import { formatCount, formatDuration } from "../../format.js";

/** @typedef {import("./compare-view.js").CompareView} CompareView */
/** @typedef {import("./comparison.js").Comparison} Comparison */

const TYPING_MS = 200;
export const TABS = ["overview", "charts", "samples"];

export class CompareTools {
  /** @param {(change: Partial<CompareView>) => void} setView */
  constructor(setView) {
    this.filter = /** @type {HTMLInputElement} */ (part(document, "filter"));
    this.baseline = /** @type {HTMLSelectElement} */ (part(document, "baseline"));
    this.group = /** @type {HTMLSelectElement} */ (part(document, "group"));
    this.log = part(document, "log");
    let timer = 0;
    this.filter.addEventListener("input", () => {
      clearTimeout(timer);
      timer = setTimeout(() => setView({ q: this.filter.value.trim() }), TYPING_MS);
    });
    this.filter.addEventListener("keydown", (event) => {
      if (event.key !== "Escape") return;
      if (!this.filter.value) return this.filter.blur();
      this.filter.value = "";
      setView({ q: "" });
    });
    onChoice(part(document, "tabs"), (tab) => setView({ tab }));
    onChoice(part(document, "axis"), (x) => setView({ x, from: "", to: "" }));
    this.log.addEventListener("click", () => setView({ scale: this.log.ariaPressed === "true" ? "linear" : "log" }));
    this.baseline.addEventListener("change", () => setView({ baseline: this.baseline.value, group: "" }));
    this.group.addEventListener("change", () => setView({ group: this.group.value, baseline: "" }));
    part(document, "zoom-reset").addEventListener("click", () => setView({ from: "", to: "" }));
  }

  /** @param {CompareView} view @param {Comparison} told */
  show(view, told) {
    if (document.activeElement !== this.filter) this.filter.value = view.q;
    choose(part(document, "tabs"), view.tab, "aria-selected");
    choose(part(document, "axis"), view.x, "aria-pressed");
    mark(this.log, "aria-pressed", String(view.scale === "log"));
    part(document, "filter-field").hidden = view.tab !== "charts";
    part(document, "laying").hidden = view.tab === "samples";
    mark(part(document, "laying"), "data-tab", view.tab);
    const pair = (/** @type {string} */ value, /** @type {string} */ word) => /** @type {[string, string]} */ ([value, word]);
    const runs = told.runs.map((run) => pair(run.id, run.name || run.id));
    const keys = told.config.filter((one) => one.differs).map(({ key }) => pair(key, key));
    offer(this.baseline, "none", runs, view.baseline);
    offer(this.group, "nothing", keys, view.group);
    part(document, "zoom-reset").hidden = !view.from;
    write(part(document, "zoom-range"), view.from ? zoomWord(view) : "");
  }
}

/** @param {CompareView} view */
function zoomWord({ x, from, to }) {
  const whole = (/** @type {string} */ edge) => formatCount(Math.round(Number(edge)));
  const tell = (/** @type {string} */ edge) =>
    x === "time" ? formatDuration(Number(edge)) : `${whole(edge)}${x === "fraction" ? " %" : ""}`;
  return `${x === "fraction" ? "plan" : x} ${tell(from)} to ${tell(to)}`;
}

/** @param {HTMLElement} root @param {(value: string) => void} act */
function onChoice(root, act) {
  root.addEventListener("click", (event) => {
    const target = /** @type {HTMLElement} */ (event.target);
    const choice = /** @type {HTMLElement | null} */ (target.closest("[data-value]"));
    if (choice) act(choice.dataset.value ?? "");
  });
}

/** @param {HTMLElement} root @param {string} value @param {string} attribute */
function choose(root, value, attribute) {
  for (const choice of /** @type {HTMLElement[]} */ ([...root.children])) {
    mark(choice, attribute, String(choice.dataset.value === value));
    if (attribute === "aria-selected") mark(choice, "aria-pressed", String(choice.dataset.value === value));
  }
}

/**
 * Fill a list; what is chosen but not offered, as an address may say, is offered too.
 * @param {HTMLSelectElement} select @param {string} none @param {[string, string][]} offered @param {string} chosen
 */
export function offer(select, none, offered, chosen) {
  const all = [...(none ? [/** @type {[string, string]} */ (["", none])] : []), ...offered];
  if (chosen && !all.some(([value]) => value === chosen)) all.push([chosen, chosen]);
  const key = JSON.stringify(all);
  if (select.dataset.offered !== key) {
    select.dataset.offered = key;
    select.replaceChildren(...all.map(([value, word]) => element("option", { value }, word)));
  }
  select.value = chosen;
  mark(select, "data-set", chosen && none ? "" : null);
}
