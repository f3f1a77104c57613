// @ts-check
/** A rule without code: a metric, a comparison, a value, for so many epochs; tried on past runs before it is kept. */
import { ask, withQuery } from "../../api.js";
import { element, write } from "../../element.js";
import { tell } from "../notice.js";
import { SEVERITIES, SEVERITY_WORDS } from "../severity.js";
import { slugOf } from "./slug.js";
import { TrialView } from "./trial.js";

/** @typedef {import("../../types.js").OwnRuleJson} OwnRuleJson */
/** @typedef {import("./known-rules.js").KnownRules} KnownRules */

const COMPARISONS = { ">": "is above", ">=": "is at least", "<": "is below", "<=": "is at most", "==": "equals", "!=": "differs from" };

export class OwnForm {
  /** @param {OwnRuleJson | null} own  null for a new one @param {KnownRules} known @param {(id: string) => void} onSaved */
  constructor(own, known, onSaved) {
    this.own = own;
    this.known = known;
    this.onSaved = onSaved;
    this.trial = new TrialView();
    this.title = input({ maxlength: 200, placeholder: "Validation accuracy fell" }, own?.title);
    this.metric = input({ list: "own-metrics", placeholder: "val/acc", spellcheck: "false", class: "field metric" }, own?.metric);
    this.metrics = element("datalist", { id: "own-metrics" });
    this.comparison = select(Object.entries(COMPARISONS), own?.comparison ?? ">");
    this.value = input({ type: "number", step: "any", placeholder: "0.5" }, own?.value);
    this.epochs = input({ type: "number", min: 1, step: 1 }, own?.epochs ?? 1);
    this.severity = select(SEVERITIES.map((one) => [one, SEVERITY_WORDS[one]]), own?.severity ?? "warning");
    this.sentence = element("p", { class: "own-sentence", "aria-live": "polite" });
    this.problem = element("p", { class: "threshold-problem", role: "alert" });
    this.save = element("button", { class: "button", type: "submit", "data-look": "primary" }, own ? "Save" : "Keep this rule");
    this.try = element("button", { class: "button", type: "button", onclick: () => this.tryIt() }, "Try on past runs");
    this.element = this.form();
    this.check();
    this.suggest().catch(() => {}); // a metric's name can be typed as well
  }

  form() {
    const remove = () => this.remove();
    const form = element(
      "form",
      { class: "rule-settings own-form", "aria-label": "Own rule", oninput: () => this.check() },
      labelled("Title", this.title, "own-wide"),
      labelled("Metric", this.metric, "own-wide", "A name, or its beginning and * for all that begin so"),
      this.metrics,
      labelled("Comparison", this.comparison),
      labelled("Value", this.value),
      labelled("Epochs in a row", this.epochs),
      labelled("Severity", this.severity),
      this.sentence,
      this.problem,
      element(
        "div",
        { class: "rule-settings-actions" },
        this.save,
        this.try,
        this.own && element("button", { class: "button", type: "button", "data-look": "danger", onclick: remove }, "Delete"),
      ),
      this.trial.element,
    );
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.keep();
    });
    return form;
  }

  /** What the fields say. */
  read() {
    return {
      project: this.known.project,
      title: this.title.value.trim(),
      metric: this.metric.value.trim(),
      comparison: this.comparison.value,
      value: this.value.valueAsNumber,
      epochs: this.epochs.valueAsNumber,
      severity: this.severity.value,
      is_on: this.own?.is_on ?? true,
    };
  }

  check() {
    const { title, metric, comparison, value, epochs, severity } = this.read();
    const isWhole = Boolean(metric) && Number.isFinite(value) && Number.isInteger(epochs) && epochs >= 1;
    const lasts = epochs === 1 ? "at any epoch" : `at ${epochs} epochs in a row`;
    const words = /** @type {Record<string, string>} */ (COMPARISONS)[comparison];
    write(this.sentence, isWhole ? `${SEVERITY_WORDS[severity]} when ${metric} ${words} ${value} ${lasts}.` : "");
    this.save.disabled = !isWhole || !title;
    this.try.disabled = !isWhole;
    this.trial.grow("old");
  }

  /** Suggest the metrics that the project's runs log. */
  async suggest() {
    const { metrics } = await ask(withQuery("/api/roles", { project: this.known.project }));
    this.metrics.replaceChildren(
      ...metrics.map((/** @type {{metric: string, role: string}} */ one) => element("option", { value: one.metric }, one.role)),
    );
  }

  get slug() {
    return this.own?.slug ?? slugOf(this.title.value, new Set(this.known.rules.keys()));
  }

  async tryIt() {
    const { title, ...given } = this.read();
    const body = { ...given, title: title || "A rule of my own" };
    await this.trial.run(() => ask(`/api/own-rules/${this.slug || "untitled"}/try`, { method: "POST", body }));
  }

  async keep() {
    write(this.problem, "");
    try {
      const rule = await ask(`/api/own-rules/${this.slug}`, { method: "PUT", body: this.read() });
      this.known.take(rule);
      tell(`Saved: ${rule.title}`);
      this.onSaved(rule.id);
    } catch (problem) {
      write(this.problem, problem instanceof Error ? problem.message : String(problem));
    }
  }

  async remove() {
    try {
      await ask(withQuery(`/api/own-rules/${this.slug}`, { project: this.known.project }), { method: "DELETE" });
      this.known.drop(`own:${this.slug}`);
      const again = () => this.keep();
      tell(`Deleted: ${this.own?.title}`, "ok", { word: "Undo", act: again });
      this.onSaved("");
    } catch (problem) {
      write(this.problem, problem instanceof Error ? problem.message : String(problem));
    }
  }
}

/** @param {Record<string, any>} attributes @param {unknown} value */
const input = (attributes, value) =>
  element("input", { class: "field", autocomplete: "off", ...attributes, value: value === undefined ? null : String(value) });

/** @param {[string, string][]} options @param {string} value */
function select(options, value) {
  const made = element("select", { class: "select" }, ...options.map(([key, word]) => element("option", { value: key }, word)));
  made.value = value;
  return made;
}

/** @param {string} word @param {HTMLElement} field @param {string} [wide] @param {string} [hint] */
const labelled = (word, field, wide = "", hint = "") =>
  element("label", { class: `label ${wide}` }, word, field, hint && element("span", { class: "hint" }, hint));
