// @ts-check
/** The part of the form that says what a notifier is told, and when it is left alone. */
import { element } from "../../element.js";
import { COOL_DOWNS } from "./words.js";

/** @typedef {import("./words.js").Notifier} Notifier */

const DEFAULT_COOL_DOWN = 300;

/** What a notifier is told, as it is being filled in. */
export class TermFields {
  /** @param {Notifier | null} notifier  null for a new one @param {string[]} projects */
  constructor(notifier, projects) {
    this.severity = choose("Tell about", notifier?.severity ?? "warning", [
      ["warning", "Warning and critical"],
      ["critical", "Critical only"],
    ]);
    const coolDown = notifier?.cool_down_seconds ?? DEFAULT_COOL_DOWN;
    const known = COOL_DOWNS.some(([seconds]) => seconds === coolDown);
    this.coolDown = choose("Cool-down for each run", String(coolDown), [
      ...COOL_DOWNS.map(([seconds, word]) => /** @type {[string, string]} */ ([String(seconds), word])),
      ...(known ? [] : [/** @type {[string, string]} */ ([String(coolDown), `${coolDown} s`])]),
    ]);
    this.resolved = check("Also say when an alert is over", notifier?.sends_resolved ?? false);
    const chosen = new Set(notifier?.projects ?? []);
    this.projects = [...new Set([...projects, ...chosen])].map((name) => check(name, chosen.has(name)));
    this.isQuiet = check("Quiet hours", Boolean(notifier?.quiet_from));
    this.from = time("From", notifier?.quiet_from ?? "22:00");
    this.until = time("Until", notifier?.quiet_until ?? "07:00");
    this.zone = zones(notifier?.quiet_from ? notifier.timezone : Intl.DateTimeFormat().resolvedOptions().timeZone);
    this.passes = check("Let critical alerts through", notifier ? !notifier.quiet_holds_critical : false);
    this.quiet = element(
      "div",
      { class: "settings-quiet" },
      element("div", { class: "settings-row" }, label("From", this.from), label("Until", this.until)),
      label("Time zone", this.zone),
      this.passes.element,
      element("p", { class: "hint" }, "What comes meanwhile is sent as one message when they end."),
    );
    this.isQuiet.input.addEventListener("change", () => this.show());
    this.show();
  }

  show() {
    this.quiet.hidden = !this.isQuiet.input.checked;
  }

  /** @returns {HTMLElement[]} */
  elements() {
    const projects = element(
      "fieldset",
      { class: "settings-group" },
      element("legend", { class: "settings-legend" }, "Projects"),
      element("div", { class: "settings-projects" }, ...this.projects.map((one) => one.element)),
      element("p", { class: "hint" }, "None chosen: all, also those to come."),
    );
    return [
      element("div", { class: "settings-row" }, this.severity.element, this.coolDown.element),
      this.resolved.element,
      ...(this.projects.length ? [projects] : []),
      element("div", { class: "settings-group" }, this.isQuiet.element, this.quiet),
    ];
  }

  /** @returns {Record<string, unknown>} */
  given() {
    const isQuiet = this.isQuiet.input.checked;
    return {
      severity: this.severity.select.value,
      cool_down_seconds: Number(this.coolDown.select.value),
      sends_resolved: this.resolved.input.checked,
      projects: this.projects.filter((one) => one.input.checked).map((one) => one.word),
      quiet_from: isQuiet ? this.from.value : null,
      quiet_until: isQuiet ? this.until.value : null,
      timezone: this.zone.value,
      quiet_holds_critical: !this.passes.input.checked,
    };
  }
}

/** @param {string} word @param {HTMLElement} input */
const label = (word, input) => element("label", { class: "label" }, word, input);

/** @param {string} word @param {string} value @param {[string, string][]} options */
function choose(word, value, options) {
  const select = element("select", { class: "select settings-wide" });
  select.append(...options.map(([one, text]) => element("option", { value: one }, text)));
  select.value = value;
  return { select, element: label(word, select) };
}

/** @param {string} word @param {boolean} isOn */
function check(word, isOn) {
  const input = element("input", { class: "check", type: "checkbox" });
  input.checked = isOn;
  return { word, input, element: element("label", { class: "settings-check" }, input, element("span", {}, word)) };
}

/** @param {string} word @param {string} value */
function time(word, value) {
  const input = element("input", { class: "field", type: "time", "aria-label": word, required: true });
  input.value = value;
  return input;
}

/** @param {string} chosen */
function zones(chosen) {
  const names = [...new Set(["UTC", chosen, ...Intl.supportedValuesOf("timeZone")])];
  const select = element("select", { class: "select settings-wide" });
  select.append(...names.map((name) => element("option", { value: name }, name)));
  select.value = chosen;
  return select;
}
