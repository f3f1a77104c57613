// @ts-check
/** How the runs went: state, epochs, speed, health. */
import { element } from "../../element.js";
import { ABSENT, formatCount, formatDuration, formatLarge } from "../../format.js";
import { SEVERITIES, severitySign } from "../severity.js";
import { statePill } from "../state.js";
import { verdictChip } from "../verdict.js";
import { row } from "./side-part.js";

/** @typedef {import("./comparison.js").Comparison} Comparison */
/** @typedef {Comparison["facts"][number]} Facts */

const MOST_RULES = 4;

/** @param {Comparison} told */
export function factRows(told) {
  const of = (/** @type {(facts: Facts, place: number) => (Node | string)[]} */ tell) => told.facts.map(tell);
  const rows = [
    row("State", of((facts) => [statePill(facts.state)])),
    row("Health", of((facts) => health(facts, told.titles))),
    row("Epochs", of((facts) => epochs(facts))),
    row("Duration", of((facts) => [number(formatDuration(facts.seconds))])),
    row("An epoch", of((facts) => [number(formatDuration(facts.epoch_seconds))])),
    row("Steps a second", of((facts) => [number(rateWord(facts.steps_per_second))])),
  ];
  if (told.facts.some((facts) => facts.parameters !== null))
    rows.push(row("Parameters", of((facts) => [number(formatLarge(facts.parameters))])));
  if (told.runs.some((run) => run.verdict))
    rows.push(row("Verdict", told.runs.map((run) => (run.verdict ? [verdictChip(run.verdict)] : [number(ABSENT)]))));
  if (told.runs.some((run) => run.tags.length))
    rows.push(row("Tags", told.runs.map((run) => run.tags.map((tag) => element("span", { class: "tag" }, tag)))));
  return rows;
}

/** @param {Facts} facts */
function epochs({ epochs_done: done, planned_epochs: planned }) {
  const bar = element("span", { class: "progress side-progress" }, element("span", { class: "progress-done" }));
  const share = String(planned ? Math.min(1, done / planned) : 0);
  /** @type {HTMLElement} */ (bar.firstElementChild).style.setProperty("--share", share);
  return [number(planned ? `${formatCount(done)} of ${formatCount(planned)}` : formatCount(done)), planned ? bar : ""];
}

/** @param {number | null} rate */
function rateWord(rate) {
  if (rate === null) return ABSENT;
  return rate < 1000 ? String(Number(rate.toPrecision(3))) : formatLarge(Math.round(rate));
}

/** How many alerts fired, by severity, and of which rules. @param {Facts} facts @param {Record<string, string>} titles */
function health(facts, titles) {
  const fired = SEVERITIES.filter((severity) => facts.alerts[severity]);
  const count = (/** @type {string} */ severity) =>
    element("span", { class: "side-count number" }, severitySign(severity), String(facts.alerts[severity]));
  if (!fired.length) return [element("span", { class: "quiet" }, facts.epochs_done ? "no alert" : "not checked")];
  const rules = facts.rules.map((rule) => titles[rule] ?? rule);
  const more = rules.length - MOST_RULES;
  return [
    element(
      "a",
      { class: "side-alerts", href: `/alerts?run=${encodeURIComponent(facts.run)}`, title: "Show the alerts" },
      ...fired.map(count),
    ),
    element(
      "span",
      { class: "side-second side-rules", title: rules.join("\n") },
      rules.slice(0, MOST_RULES).join(", ") + (more > 0 ? ` and ${more} more` : ""),
    ),
  ];
}

/** @param {string} text */
const number = (text) => element("span", { class: "number" }, text);
