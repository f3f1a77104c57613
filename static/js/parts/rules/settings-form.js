// @ts-check
/** How a project has set a rule: switch, severity, thresholds, stop; tried on past runs before it is saved. */
import { ask } from "../../api.js";
import { element } from "../../element.js";
import { tell } from "../notice.js";
import { SEVERITIES, SEVERITY_WORDS } from "../severity.js";
import { isChanged } from "./known-rules.js";
import { switchField } from "./switch.js";
import { thresholdField } from "./threshold-field.js";
import { TrialView } from "./trial.js";

/** @typedef {import("../../types.js").RuleJson} RuleJson */
/** @typedef {import("./known-rules.js").Change} Change */

const STOP_WARNING =
  "A critical alert of this rule then asks its run to stop, without asking you. The training ends where its loop looks " +
  "at run.should_stop; what it would have learned after that is lost.";

export class SettingsForm {
  /** @param {RuleJson} rule @param {import("./known-rules.js").KnownRules} known @param {() => void} onSaved */
  constructor(rule, known, onSaved) {
    this.rule = rule;
    this.known = known;
    this.onSaved = onSaved;
    /** @type {Change} */
    this.change = structuredClone(known.changes.get(rule.id) ?? {});
    this.trial = new TrialView();
    this.save = this.button("Save", "primary", () => this.send(() => known.save(rule.id), "Saved"));
    this.try = this.button("Try on past runs", "", () => this.tryIt());
    this.reset = this.button("Reset to defaults", "", () => this.send(() => known.reset(rule.id), "Back to the defaults"));
    this.element = element("section", { class: "rule-settings", "aria-label": "Settings" }, ...this.fields());
    this.check();
  }

  /** @returns {(HTMLElement | null)[]} */
  fields() {
    const { rule, change, known } = this;
    if (!known.project)
      return [element("p", { class: "hint" }, "Rules are set per project. They can be set here once a run has reported.")];
    const isOwn = rule.origin === "own";
    return [
      element("h3", { class: "rule-settings-title" }, "In project ", element("span", { class: "metric" }, known.project)),
      switchField({
        word: "On",
        hint: "Off: it says nothing about any run of this project.",
        isOn: change.is_on ?? rule.is_on,
        onChange: (isOn) => this.set("is_on", isOn, rule.is_on),
      }),
      isOwn ? null : this.severityField(),
      ...rule.thresholds.map((threshold) =>
        thresholdField(threshold, change.thresholds?.[threshold.name], (value) => this.setThreshold(threshold.name, value)),
      ),
      switchField({
        word: "Stop the run when it is critical",
        hint: STOP_WARNING,
        isOn: change.stops ?? rule.stops,
        level: "danger",
        onChange: (stops) => this.set("stops", stops, rule.stops),
      }),
      element("div", { class: "rule-settings-actions" }, this.save, isOwn ? null : this.try, this.reset),
      this.trial.element,
    ];
  }

  severityField() {
    const { rule, change } = this;
    const chosen = change.severity === undefined ? rule.chosen_severity : change.severity;
    const select = element(
      "select",
      { class: "select", onchange: () => this.set("severity", select.value || null, rule.chosen_severity) },
      element("option", { value: "" }, "As the rule decides"),
      ...SEVERITIES.map((one) => element("option", { value: one }, `Always ${SEVERITY_WORDS[one].toLowerCase()}`)),
    );
    select.value = chosen ?? "";
    return element("label", { class: "threshold" }, element("span", { class: "threshold-word" }, "Severity"), select);
  }

  /** @param {"is_on" | "severity" | "stops"} name @param {any} value @param {any} saved */
  set(name, value, saved) {
    if (value === saved) delete this.change[name];
    else this.change[name] = value;
    this.told();
  }

  /** @param {string} name @param {number | null | undefined} value */
  setThreshold(name, value) {
    const thresholds = { ...this.change.thresholds };
    if (value === undefined) delete thresholds[name];
    else thresholds[name] = value;
    if (Object.keys(thresholds).length) this.change.thresholds = thresholds;
    else delete this.change.thresholds;
    this.told();
  }

  told() {
    this.known.plan(this.rule.id, structuredClone(this.change));
    this.trial.grow("old");
    this.check();
  }

  check() {
    const isSound = Object.values(this.change.thresholds ?? {}).every((value) => !Number.isNaN(value));
    this.save.disabled = !isSound || Object.keys(this.change).length === 0;
    this.try.disabled = !isSound;
    this.reset.hidden = !isChanged(this.rule);
  }

  async tryIt() {
    const { stops: _, ...change } = this.change;
    const path = `/api/rules/${encodeURIComponent(this.rule.id)}/try`;
    await this.trial.run(() => ask(path, { method: "POST", body: { project: this.known.project, ...change } }));
  }

  /** @param {() => Promise<void>} doing @param {string} said */
  async send(doing, said) {
    this.save.disabled = this.reset.disabled = true;
    try {
      await doing();
      tell(`${said}: ${this.rule.title}`);
      this.onSaved();
    } catch (problem) {
      tell(problem instanceof Error ? problem.message : String(problem), "critical");
      this.reset.disabled = false;
      this.check();
    }
  }

  /** @param {string} word @param {string} look @param {() => void} act */
  button(word, look, act) {
    return element("button", { class: "button", type: "button", "data-look": look || null, onclick: act }, word);
  }
}
