// @ts-check
/** An alert, a rule's state and a run's health in words. Pure. */
import { formatValue } from "../../format.js";
import { severityRank } from "../severity.js";

/** @typedef {import("../../types.js").AlertJson} AlertJson */
/** @typedef {import("../../types.js").ChipJson} ChipJson */

/** A rule's states as one reads them, in the order of the list. @type {Record<string, string>} */
export const CHIP_WORDS = {
  firing: "firing",
  pending: "pending",
  failed: "failed",
  resolved: "resolved",
  inhibited: "explained by another alert",
  muted: "muted",
  not_checked: "not checked",
  off: "off",
  ok: "ok",
};

/** Which sign tells a rule's state. @param {ChipJson} chip */
export const chipSign = ({ state, severity }) => (state === "firing" ? (severity ?? "warning") : state);

/** Order chips: firing first and the worst of them, then by state, then by title. @param {ChipJson[]} chips */
export function orderChips(chips) {
  const order = Object.keys(CHIP_WORDS);
  return [...chips].sort(
    (a, b) =>
      order.indexOf(a.state) - order.indexOf(b.state) ||
      severityRank(b.severity) - severityRank(a.severity) ||
      a.title.localeCompare(b.title),
  );
}

/** Order alerts: the worst first, then the latest. @param {AlertJson[]} alerts */
export const orderAlerts = (alerts) =>
  [...alerts].sort((a, b) => severityRank(b.severity) - severityRank(a.severity) || b.fired_ms - a.fired_ms);

/** Say whether an alert asks for somebody: it fires, and nobody took it on or muted it. @param {AlertJson} alert */
export const isOpen = (alert) => alert.phase === "firing" && alert.acknowledged_ms === null && alert.muted === null;

/** Say whether an alert is worth a sound, a notification or a number in the tab. @param {AlertJson} alert */
export const isLoud = (alert) => isOpen(alert) && alert.severity !== "info" && !alert.imported;

/** Sum up quiet chips: "43 ok · 5 not checked". @param {ChipJson[]} chips */
export function countWords(chips) {
  const states = Object.keys(CHIP_WORDS).reverse();
  const counts = states.map((state) => [state, chips.filter((chip) => chip.state === state).length]);
  return counts
    .filter(([, count]) => count)
    .map(([state, count]) => `${count} ${state === "inhibited" ? "explained" : CHIP_WORDS[state]}`)
    .join(" · ");
}

/** Say since when: where the trouble began, and where the alert fired if that was later. @param {AlertJson} alert */
export function sinceWords(alert) {
  const { since, first_epoch: first, fired_epoch: fired, resolved_epoch: resolved, imported, unit } = alert;
  const begun = Math.min(since ?? first, first); // what a rule last saw may have begun anew; the alert did not
  const fires = imported ? "would have fired" : "fired";
  if (fired < 0) return `${fires} before the first epoch`;
  const words = [`since ${unit} ${begun}` + (begun === fired && !imported ? "" : `, ${fires} at ${fired}`)];
  if (resolved !== null) words.push(`resolved at ${resolved}`);
  return words.join(", ");
}

/** The numbers of an alert as rows of a table. @param {AlertJson} alert @returns {[string, string][]} */
export function evidenceRows({ evidence }) {
  return Object.entries(evidence.values).map(([name, value]) => [
    name,
    isNumber(value) ? numberWords(name, Number(value)) : String(value),
  ]);
}

/** @param {unknown} value */
const isNumber = (value) =>
  typeof value === "number" || ["NaN", "Infinity", "-Infinity"].includes(/** @type {string} */ (value));

/** Epochs and counts are whole and read so. @param {string} name @param {number} value */
function numberWords(name, value) {
  if (Number.isInteger(value) && Math.abs(value) < 1e6 && /epoch|step|count|\bn\b|class/.test(name))
    return String(value);
  return formatValue(/** @type {import("../../format.js").Value} */ (Number.isFinite(value) ? value : String(value)));
}

/**
 * Find what of a recommendation is worth copying: code, what follows a colon, or its only number.
 * @param {string} text
 * @returns {string | null}  null when it holds neither number nor code
 */
export function copyable(text) {
  const code = /`([^`]+)`/.exec(text);
  if (code) return code[1];
  if (!/\d/.test(text)) return null;
  const listed = /:\s+(.*\d.*)$/.exec(text);
  if (listed) return listed[1];
  const numbers = text.match(/(?<![\w.])[-−]?\d[\d,]*(?:\.\d+)?(?:e[-+]?\d+)?(?![\w])/gi) ?? [];
  return numbers.length === 1 ? numbers[0].replaceAll(",", "") : text;
}
