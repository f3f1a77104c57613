// @ts-check
/** One rule's page: what it is, what it said of itself when it failed, its text, and how the project has set it. */
import { withQuery } from "../../api.js";
import { element, icon } from "../../element.js";
import { formatCount } from "../../format.js";
import { severityPill } from "../severity.js";
import { severityOf } from "./known-rules.js";
import { OwnForm } from "./own-form.js";
import { prose } from "./prose.js";
import { SettingsForm } from "./settings-form.js";

/** @typedef {import("../../types.js").RuleJson} RuleJson */
/** @typedef {import("./known-rules.js").KnownRules} KnownRules */
/** @typedef {{saved: () => void, go: (id: string) => void}} Ways */

/** When a rule is asked, in the order of a run's life. @type {[string, string][]} */
const MOMENTS = [
  ["start", "before the first epoch"],
  ["step", "at steps"],
  ["epoch", "at each epoch"],
  ["clock", "by the clock"],
  ["end", "at the end"],
];

/** @param {RuleJson} rule @param {KnownRules} known @param {Ways} ways @returns {Node[]} */
export function rulePane(rule, known, ways) {
  const settings = new SettingsForm(rule, known, ways.saved).element;
  const own = rule.own && new OwnForm(rule.own, known, ways.go).element;
  return [
    back(),
    element(
      "header",
      { class: "rule-head" },
      element("h1", { class: "rule-title", tabindex: "-1", "data-title": true }, rule.title),
      severityPill(severityOf(rule)),
      rule.origin !== "built-in" && element("span", { class: "rules-mark", "data-mark": rule.origin }, originWords(rule)),
      element(
        "p",
        { class: "rule-about quiet" },
        element("code", {}, rule.id),
        ` · asked ${momentWords(rule.moments)} · `,
        element("a", { class: "trial-run", href: alertsOf(rule, known.project) }, "its alerts"),
      ),
    ),
    ...failure(rule),
    element(
      "div",
      { class: "rule-columns" },
      element("div", { class: "rule-text" }, own, ...sections(rule)),
      settings,
    ),
  ];
}

/** A new rule of the project's own. @param {KnownRules} known @param {Ways} ways @returns {Node[]} */
export function newRulePane(known, ways) {
  return [
    back(),
    element(
      "header",
      { class: "rule-head" },
      element("h1", { class: "rule-title", tabindex: "-1", "data-title": true }, "New own rule"),
      element(
        "p",
        { class: "rule-about quiet" },
        `Compares one metric with a value at every epoch of the runs in ${known.project}. For more than that, write a `,
        "rule in Python and offer it as an entry point of the group ",
        element("code", {}, "epochwatch.rules"),
        ".",
      ),
    ),
    new OwnForm(null, known, ways.go).element,
  ];
}

const back = () => element("a", { class: "rule-back", href: "#" }, icon("chevron"), "All rules");

/** @param {RuleJson} rule @param {string} project */
const alertsOf = ({ id }, project) => withQuery("/alerts", { state: "all", project, rule: id });

/** @param {RuleJson} rule */
const originWords = (rule) => (rule.origin === "own" ? "own rule" : "from a plugin");

/** @param {string[]} moments */
function momentWords(moments) {
  const words = MOMENTS.filter(([moment]) => moments.includes(moment)).map(([, word]) => word);
  return words.length > 1 ? `${words.slice(0, -1).join(", ")} and ${words.at(-1)}` : (words[0] ?? "never");
}

/** @param {RuleJson} rule */
function failure({ failures, last_failure: last }) {
  if (!failures) return [];
  const times = failures === 1 ? "once" : `${formatCount(failures)} times`;
  return [
    element(
      "div",
      { class: "rule-failure", role: "alert" },
      icon("lost"),
      element(
        "p",
        {},
        `This rule failed ${times} since the server started; where it fails it says nothing, and the others go on.`,
      ),
      last && element("pre", { class: "code" }, last),
    ),
  ];
}

/** @param {RuleJson} rule */
const sections = ({ sections: told }) =>
  Object.entries(told).map(([heading, text]) =>
    element("section", { class: "rule-section" }, element("h2", { class: "rule-heading" }, heading), ...prose(text)),
  );
