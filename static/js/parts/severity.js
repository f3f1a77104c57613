// @ts-check
/** How bad something is, told by shape, word and colour at once. */
import { element, icon } from "../element.js";

/** @typedef {import("../types.js").Severity} Severity */

/** From worst to least. @type {Severity[]} */
export const SEVERITIES = ["critical", "warning", "info"];

/** @type {Record<string, string>} */
export const SEVERITY_WORDS = { critical: "Critical", warning: "Warning", info: "Info", ok: "OK" };

/** What each severity asks of a person. @type {Record<string, string>} */
export const SEVERITY_MEANINGS = {
  critical: "It cannot succeed like this: stop it",
  warning: "Look at it and act",
  info: "Good to know; nobody is notified",
};

/** Order severities: nothing 0, info 1, warning 2, critical 3. @param {string | null | undefined} severity */
export const severityRank = (severity) => ["info", "warning", "critical"].indexOf(severity ?? "") + 1;

/** Choose the worst. @param {(string | null | undefined)[]} severities @returns {Severity | null} */
export const worstOf = (severities) => SEVERITIES.find((severity) => severities.includes(severity)) ?? null;

/** A severity's sign alone; what stands beside it says the word. @param {string} severity */
export const severitySign = (severity) =>
  element("span", { class: "severity-sign", "data-severity": severity, title: SEVERITY_WORDS[severity] }, icon(severity));

/** A severity's sign and word as a pill. @param {string} severity */
export const severityPill = (severity) =>
  element(
    "span",
    { class: "severity", "data-severity": severity, title: SEVERITY_MEANINGS[severity] },
    icon(severity),
    SEVERITY_WORDS[severity] ?? severity,
  );
