// @ts-check
/** Search, states and project: what narrows the table. */
import { element, icon, mark, part, write } from "../../element.js";
import { STATE_WORDS } from "../state.js";
import { countStates } from "./order.js";

/** @typedef {import("../../types.js").RunRow} RunRow */
/** @typedef {import("./order.js").RunsView} RunsView */

export class Filters {
  /** @param {ParentNode} root @param {(change: Partial<RunsView>) => void} onChange */
  constructor(root, onChange) {
    this.search = /** @type {HTMLInputElement} */ (part(root, "search"));
    this.project = /** @type {HTMLSelectElement} */ (part(root, "project"));
    this.states = part(root, "state-filters");
    this.count = part(root, "count");
    this.onChange = onChange;
    this.chosen = "";
    this.projects = "";
    this.search.addEventListener("input", () => onChange({ q: this.search.value }));
    this.search.addEventListener("keydown", (event) => event.key === "Escape" && this.leaveSearch());
    this.project.addEventListener("change", () => onChange({ project: this.project.value }));
  }

  leaveSearch() {
    if (this.search.value) this.onChange({ q: "" });
    else this.search.blur();
  }

  /** @param {RunRow[]} runs @param {RunsView} view @param {number} shown */
  show(runs, view, shown) {
    if (this.search.value !== view.q) this.search.value = view.q;
    this.chosen = view.state;
    this.showStates(countStates(runs, view));
    this.showProjects(runs, view.project);
    write(
      this.count,
      shown === runs.length
        ? `${runs.length} ${runs.length === 1 ? "run" : "runs"}`
        : `${shown} of ${runs.length} runs`,
    );
  }

  /** @param {[string, number][]} counts */
  showStates(counts) {
    const have = new Map(
      Array.from(this.states.children).map((chip) => [/** @type {HTMLElement} */ (chip).dataset.state, chip]),
    );
    const chips = counts.map(([state, count]) => {
      const chip = have.get(state) ?? this.chip(state);
      write(/** @type {Element} */ (chip.lastElementChild), String(count));
      mark(chip, "aria-pressed", String(this.chosen.split(",").includes(state)));
      return chip;
    });
    if (
      chips.length !== this.states.children.length ||
      chips.some((chip, place) => this.states.children[place] !== chip)
    )
      this.states.replaceChildren(...chips);
  }

  /** @param {string} state */
  chip(state) {
    const toggle = () => {
      const chosen = this.chosen.split(",").filter(Boolean);
      this.onChange({
        state: (chosen.includes(state) ? chosen.filter((one) => one !== state) : [...chosen, state]).join(","),
      });
    };
    return element(
      "button",
      { class: "state-filter", type: "button", "data-state": state, onclick: toggle },
      icon(state),
      STATE_WORDS[state] ?? state,
      element("span", { class: "number state-filter-count" }),
    );
  }

  /** @param {RunRow[]} runs @param {string} chosen */
  showProjects(runs, chosen) {
    const names = [...new Set([...runs.map((run) => run.project), ...(chosen ? [chosen] : [])])].sort();
    if (this.projects !== names.join("\n")) {
      this.projects = names.join("\n");
      this.project.replaceChildren(
        element("option", { value: "" }, "All projects"),
        ...names.map((name) => element("option", { value: name }, name)),
      );
    }
    this.project.value = chosen;
  }
}
