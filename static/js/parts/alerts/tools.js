// @ts-check
/** What narrows the feed, and how it is grouped. */
import { element, icon, mark, part, write } from "../../element.js";
import { SEVERITIES, SEVERITY_WORDS } from "../severity.js";
import { STATES } from "./view.js";

/** @typedef {import("./view.js").AlertsView} AlertsView */
/** @typedef {import("../../types.js").AlertJson} AlertJson */

export class AlertsTools {
  /** @param {ParentNode} root @param {{projects: string[], rules: [string, string][]}} offered @param {(change: Partial<AlertsView>) => void} onChange */
  constructor(root, { projects, rules }, onChange) {
    this.onChange = onChange;
    this.severities = part(root, "severities");
    this.states = part(root, "states");
    this.groups = part(root, "groups");
    this.project = /** @type {HTMLSelectElement} */ (part(root, "project"));
    this.rule = /** @type {HTMLSelectElement} */ (part(root, "rule"));
    this.run = /** @type {HTMLButtonElement} */ (part(root, "run"));
    this.projects = new Set(projects);
    this.rules = new Map(rules);
    this.offered = "";
    this.chosen = "";
    this.severities.replaceChildren(...SEVERITIES.map((severity) => this.chip(severity)));
    this.states.replaceChildren(...Object.entries(STATES).map(([state, word]) => segment(state, word)));
    for (const [row, name] of /** @type {[HTMLElement, string][]} */ ([
      [this.states, "state"],
      [this.groups, "group"],
    ]))
      row.addEventListener("click", (event) => {
        const value = /** @type {HTMLElement} */ (event.target).closest("button")?.dataset.value;
        if (value) onChange({ [name]: value });
      });
    this.project.addEventListener("change", () => onChange({ project: this.project.value }));
    this.rule.addEventListener("change", () => onChange({ rule: this.rule.value }));
    this.run.addEventListener("click", () => onChange({ run: "" }));
  }

  /** @param {string} severity */
  chip(severity) {
    const toggle = () => this.onChange({ severity: this.chosen === severity ? "" : severity });
    return element(
      "button",
      { class: "state-filter", type: "button", "data-severity": severity, onclick: toggle },
      icon(severity),
      SEVERITY_WORDS[severity],
      element("span", { class: "number state-filter-count" }),
    );
  }

  /** @param {AlertsView} view @param {import("../../types.js").AlertCounts | null} counts @param {AlertJson[]} alerts */
  show(view, counts, alerts) {
    this.chosen = view.severity;
    for (const chip of /** @type {HTMLElement[]} */ ([...this.severities.children])) {
      const severity = /** @type {import("../../types.js").Severity} */ (chip.dataset.severity);
      mark(chip, "aria-pressed", String(severity === view.severity));
      const isCounted = counts !== null && ["firing", "all"].includes(view.state); // the counts are of what fires
      write(/** @type {Element} */ (chip.lastElementChild), isCounted ? String(counts[severity]) : "");
    }
    for (const one of this.states.children) press(one, view.state);
    for (const one of this.groups.children) press(one, view.group);
    for (const alert of alerts) {
      this.projects.add(alert.project);
      this.rules.set(alert.rule, alert.title);
    }
    this.offer(view);
    this.run.hidden = !view.run;
    const of = alerts.find((alert) => alert.run === view.run)?.run_name ?? view.run;
    write(/** @type {Element} */ (this.run.firstElementChild), `Only ${of}`);
  }

  /** @param {AlertsView} view */
  offer({ project, rule }) {
    if (project) this.projects.add(project);
    if (rule && !this.rules.has(rule)) this.rules.set(rule, rule);
    const key = `${[...this.projects].join("\n")}\n\n${[...this.rules.keys()].join("\n")}`;
    if (this.offered !== key) {
      this.offered = key;
      const rules = [...this.rules].sort(([, a], [, b]) => a.localeCompare(b));
      this.project.replaceChildren(option("", "All projects"), ...[...this.projects].sort().map((name) => option(name, name)));
      this.rule.replaceChildren(option("", "All rules"), ...rules.map(([id, title]) => option(id, title)));
    }
    this.project.value = project;
    this.rule.value = rule;
  }
}

/** @param {string} value @param {string} word */
const option = (value, word) => element("option", { value }, word);

/** @param {string} value @param {string} word */
const segment = (value, word) => element("button", { class: "segment", type: "button", "data-value": value }, word);

/** @param {Element} button @param {string} chosen */
const press = (button, chosen) =>
  mark(button, "aria-pressed", String(/** @type {HTMLElement} */ (button).dataset.value === chosen));
