// @ts-check
/** What each metric was taken for: split, role, component; corrected here, kept for the project. */
import { ask, withQuery } from "../../api.js";
import { element, mark } from "../../element.js";
import { tell } from "../notice.js";

/** @typedef {import("../../types.js").RoleJson} RoleJson */

const FILTER_FROM = 12; // fewer are found by looking

export class RolesPanel {
  /** @param {HTMLElement} root @param {string} project */
  constructor(root, project) {
    this.root = root;
    this.project = project;
    this.wasAsked = false;
    /** @type {RoleJson[]} */
    this.metrics = [];
    /** @type {string[]} */
    this.roles = [];
    this.rows = element("ul", { class: "role-rows" });
    this.filter = element("input", {
      class: "field",
      type: "search",
      placeholder: "Filter metrics",
      "aria-label": "Filter metrics by name",
      oninput: () => this.list(),
    });
    const told = "Rules and charts go by what a metric is. A correction holds for every run of the project.";
    this.head = element("div", { class: "role-head" }, element("p", { class: "hint" }, told), this.filter);
    this.nothing = element("p", { class: "feed-nothing quiet", role: "status" }, "Loading …");
    root.replaceChildren(this.head, this.nothing, this.rows);
  }

  /** Ask once the panel is looked at; again with `anew`. @param {boolean} [anew] */
  async load(anew = false) {
    if (this.wasAsked && !anew) return;
    this.wasAsked = true;
    try {
      const answer = await ask(withQuery("/api/roles", { project: this.project }));
      this.metrics = answer.metrics;
      this.roles = answer.roles;
      this.list();
    } catch (problem) {
      this.wasAsked = false;
      this.nothing.hidden = false;
      this.nothing.textContent = problem instanceof Error ? problem.message : String(problem);
    }
  }

  list() {
    const words = this.filter.value.toLowerCase().split(/\s+/).filter(Boolean);
    const found = this.metrics.filter((one) => words.every((word) => `${one.metric} ${one.role}`.toLowerCase().includes(word)));
    this.filter.hidden = this.metrics.length < FILTER_FROM;
    this.nothing.hidden = found.length > 0;
    this.nothing.textContent = this.metrics.length ? "No metric matches." : "No metrics yet.";
    this.rows.replaceChildren(...found.map((one) => this.row(one)));
  }

  /** @param {RoleJson} one */
  row(one) {
    const select = element(
      "select",
      { class: "select role-select", "aria-label": `Role of ${one.metric}` },
      element("option", { value: "" }, `auto: ${one.role}`),
      ...this.roles.map((role) => element("option", { value: role, selected: role === one.corrected }, role)),
    );
    select.addEventListener("change", () => this.correct(one, select));
    const row = element(
      "li",
      { class: "role-row" },
      element("span", { class: "metric role-metric" }, one.metric),
      element("span", { class: "role-facts" }, facts(one)),
      select,
    );
    mark(row, "data-corrected", one.corrected ? "" : null);
    return row;
  }

  /** @param {RoleJson} one @param {HTMLSelectElement} select */
  async correct(one, select) {
    const role = select.value || null;
    try {
      await ask("/api/roles", { method: "PUT", body: { project: this.project, metric: one.metric, role } });
      tell(role ? `${one.metric} is now taken for ${role}` : `${one.metric} is taken for what its name says`);
      await this.load(true);
    } catch (problem) {
      select.value = one.corrected ?? "";
      tell(problem instanceof Error ? problem.message : String(problem), "critical");
    }
  }
}

/** @param {RoleJson} one */
function facts(one) {
  const words = [one.split ?? "no split", one.corrected ?? one.role];
  if (one.component) words.push(`term ${one.component}`);
  if (one.direction) words.push(one.direction === "min" ? "smaller is better" : "larger is better");
  if (one.corrected) words.push("corrected");
  else if (one.declared) words.push("declared by the script");
  return words.join(" · ");
}
