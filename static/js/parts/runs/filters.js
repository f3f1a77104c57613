// @ts-check
/** Search, health, states and project: what narrows the table. */
import { element, part, write } from "../../element.js";
import { STATE_WORDS } from "../state.js";
import { Chips } from "./chips.js";
import { HEALTH_WORDS } from "./health.js";
import { countHealth, countStates } from "./order.js";

/** @typedef {import("../../types.js").RunRow} RunRow */
/** @typedef {import("./order.js").RunsView} RunsView */

export class Filters {
  /** @param {ParentNode} root @param {(change: Partial<RunsView>) => void} onChange */
  constructor(root, onChange) {
    this.search = /** @type {HTMLInputElement} */ (part(root, "search"));
    this.project = /** @type {HTMLSelectElement} */ (part(root, "project"));
    this.states = new Chips(part(root, "state-chips"), "state", STATE_WORDS, (state) => onChange({ state }));
    this.health = new Chips(part(root, "health-chips"), "severity", HEALTH_WORDS, (health) => onChange({ health }));
    this.count = part(root, "count");
    this.onChange = onChange;
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
    this.health.show(countHealth(runs, view), view.health);
    this.states.show(countStates(runs, view), view.state);
    this.showProjects(runs, view.project);
    write(
      this.count,
      shown === runs.length
        ? `${runs.length} ${runs.length === 1 ? "run" : "runs"}`
        : `${shown} of ${runs.length} runs`,
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
