// @ts-check
/** The rules of a project at a glance: what is changed, off or failed, its own rules, and what is muted. */
import { showAge } from "../../clock.js";
import { element, icon } from "../../element.js";
import { tell } from "../notice.js";
import { rowOf } from "./catalogue.js";
import { isChanged } from "./known-rules.js";

/** @typedef {import("../../types.js").RuleJson} RuleJson */
/** @typedef {import("./known-rules.js").KnownRules} KnownRules */

/** @param {KnownRules} known @param {Map<string, string>} runNames @returns {Node[]} */
export function overview(known, runNames) {
  const rules = [...known.rules.values()];
  const failed = rules.filter((rule) => rule.failures > 0);
  const own = rules.filter((rule) => rule.origin === "own");
  const changed = rules.filter((rule) => isChanged(rule) && rule.origin !== "own");
  const on = rules.filter((rule) => rule.is_on).length;
  const watch = known.project
    ? `${on} of ${rules.length} rules watch every run of this project, and say nothing as long as nothing is wrong.`
    : "Rules are set per project; they can be set here once a run has reported.";
  return [
    element("header", { class: "rule-head" }, element("h1", { class: "rule-title" }, known.project || "Rules"), element("p", { class: "rule-about quiet" }, watch)),
    ...(failed.length ? [listed("Failed", "They broke while they were asked; the others went on.", failed)] : []),
    listed("Changed here", changed.length ? "" : "Every rule is at its defaults.", changed),
    ownRules(own, known.project),
    muteList(known, runNames),
  ];
}

/** @param {string} title @param {string} text @param {RuleJson[]} rules */
function listed(title, text, rules) {
  return element(
    "section",
    { class: "rules-card" },
    element("h2", { class: "rules-card-title" }, title, count(rules.length)),
    text && element("p", { class: "quiet" }, text),
    rules.length > 0 && element("ul", { class: "rules-card-rows" }, ...rules.map((rule) => element("li", {}, rowOf(rule, new Set())))),
  );
}

/** @param {number} number */
const count = (number) => (number ? element("span", { class: "number quiet" }, String(number)) : null);

/** @param {RuleJson[]} own @param {string} project */
function ownRules(own, project) {
  const card = listed("Own rules", own.length ? "" : "A metric, a comparison, a value: a rule without code.", own);
  if (project) card.append(element("a", { class: "button rules-new", href: "#new" }, icon("add"), "New own rule"));
  return card;
}

/** @param {KnownRules} known @param {Map<string, string>} runNames */
function muteList(known, runNames) {
  const { mutes } = known;
  return element(
    "section",
    { class: "rules-card", "data-card": "mutes" },
    element("h2", { class: "rules-card-title" }, "Muted", count(mutes.length)),
    mutes.length === 0 && element("p", { class: "quiet" }, "Nothing is muted. An alert can be muted where it stands, in its run or in the whole project."),
    mutes.length > 0 && element("ul", { class: "mutes" }, ...mutes.map((mute) => muteLine(mute, known, runNames))),
  );
}

/** @param {import("../../types.js").MuteJson} mute @param {KnownRules} known @param {Map<string, string>} runNames */
function muteLine(mute, known, runNames) {
  const rule = known.rules.get(mute.rule);
  const age = element("time", { class: "number" });
  showAge(age, mute.muted_ms, null);
  const unmute = () =>
    known
      .unmute(mute)
      .then(() => tell(`${rule?.title ?? mute.rule} speaks again`))
      .catch((problem) => tell(problem.message, "critical"));
  const where = mute.run
    ? element("a", { class: "trial-run", href: `/runs/${encodeURIComponent(mute.run)}` }, runNames.get(mute.run) ?? mute.run)
    : "every run of the project";
  return element(
    "li",
    { class: "mute" },
    icon("muted"),
    element(
      "div",
      { class: "mute-text" },
      element("a", { class: "mute-rule", href: `#${encodeURIComponent(mute.rule)}` }, rule?.title ?? mute.rule),
      mute.subject && element("span", { class: "metric" }, ` ${mute.subject}`),
      element("span", { class: "quiet mute-where" }, "in ", where, " · by ", mute.muted_by, " · ", age),
    ),
    element("button", { class: "button", type: "button", onclick: unmute }, "Unmute"),
  );
}
