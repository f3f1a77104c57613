// @ts-check
/** A run found among all runs: typed words narrow the list, arrows and Enter take one. A thousand runs cost what fifty do. */
import { ask } from "../../api.js";
import { element, icon, mark, write } from "../../element.js";
import { formatCount, formatValue } from "../../format.js";
import { arrange, DEFAULT_VIEW } from "../runs/order.js";
import { STATE_WORDS } from "../state.js";

/** @typedef {import("../../types.js").RunRow} RunRow */

const MOST_SHOWN = 50;

/** @type {Promise<RunRow[]> | null} */
let asked = null;

/** All runs, asked for once a page: who picks several does not wait again. @returns {Promise<RunRow[]>} */
export function allRuns() {
  asked ??= ask("/api/runs").then(
    ({ runs }) => runs,
    (problem) => {
      asked = null;
      throw problem;
    },
  );
  return /** @type {Promise<RunRow[]>} */ (asked);
}

export class RunPicker {
  /** @param {{project: string, taken: () => Set<string>, take: (run: RunRow) => void}} options  project: whose runs stand first */
  constructor({ project, taken, take }) {
    this.project = project;
    this.taken = taken;
    this.take = take;
    /** @type {RunRow[]} */
    this.runs = [];
    /** @type {RunRow[]} */
    this.found = [];
    this.at = 0;
    this.search = element("input", {
      class: "field",
      type: "search",
      placeholder: "Search name, project, tag, note",
      "aria-label": "Search runs",
      role: "combobox",
      "aria-expanded": "true",
      "aria-controls": "picker-list",
      autocomplete: "off",
      spellcheck: "false",
    });
    this.count = element("p", { class: "picker-count quiet", role: "status" }, "Loading");
    this.list = element("div", { class: "picker-list", id: "picker-list", role: "listbox", "aria-label": "Runs" });
    const field = element("label", { class: "search" }, icon("search"), this.search);
    this.element = element("div", { class: "picker" }, field, this.list, this.count);
    this.search.addEventListener("input", () => this.narrow());
    this.search.addEventListener("keydown", (event) => this.press(event));
  }

  async load() {
    try {
      this.runs = await allRuns();
      this.narrow();
    } catch (problem) {
      write(this.count, problem instanceof Error ? problem.message : String(problem));
    }
  }

  /** Those of the project first, then the newest. */
  narrow() {
    const taken = this.taken();
    const matching = arrange(this.runs, { ...DEFAULT_VIEW, q: this.search.value }).filter((run) => !taken.has(run.id));
    const ours = matching.filter((run) => run.project === this.project);
    this.found = [...ours, ...matching.filter((run) => run.project !== this.project)];
    this.at = 0;
    this.list.replaceChildren(...this.found.slice(0, MOST_SHOWN).map((run, place) => this.option(run, place)));
    write(this.count, countWord(this.found.length));
    this.point(0);
  }

  /** @param {RunRow} run @param {number} place */
  option(run, place) {
    const best = run.tracked?.best ?? null;
    return element(
      "div",
      {
        class: "picker-run",
        role: "option",
        id: `pick-${place}`,
        "data-hue": run.hue,
        onclick: () => this.choose(place),
      },
      element("span", { class: "hue-dot" }),
      element("span", { class: "picker-name" }, run.name || run.id),
      element("span", { class: "picker-project quiet" }, run.project),
      element("span", { class: "picker-best number" }, best === null ? "" : formatValue(best)),
      element("span", { class: "chip-sign", "data-state": run.state, title: STATE_WORDS[run.state] }, icon(run.state)),
    );
  }

  /** @param {number} place */
  choose(place) {
    const run = this.found[place];
    if (!run) return;
    this.take(run);
    this.narrow();
    this.search.select();
  }

  /** @param {number} place */
  point(place) {
    const options = this.list.children;
    this.at = Math.max(0, Math.min(options.length - 1, place));
    [...options].forEach((option, at) => mark(option, "aria-selected", String(at === this.at)));
    mark(this.search, "aria-activedescendant", options.length ? `pick-${this.at}` : null);
    options[this.at]?.scrollIntoView({ block: "nearest" });
  }

  /** @param {KeyboardEvent} event */
  press(event) {
    const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (by) this.point(this.at + by);
    else if (event.key === "Enter") this.choose(this.at);
    else if (event.key === "Escape" && this.element.closest("dialog")) this.element.closest("dialog")?.close();
    else return;
    event.preventDefault();
  }
}

/** @param {number} found */
function countWord(found) {
  if (!found) return "No run matches";
  const all = `${formatCount(found)} ${found === 1 ? "run" : "runs"}`;
  return found > MOST_SHOWN ? `${all}: the first ${MOST_SHOWN} are shown` : all;
}
