// @ts-check
/** An event of a run's life as a sentence. Pure. */
import { formatChange, formatCount, formatValue } from "../../format.js";
import { STATE_WORDS } from "../state.js";

/** @typedef {import("../../types.js").FeedEvent} FeedEvent */
/** @typedef {{sign: string, title: string, text?: string, metric?: string, level?: "info" | "warning" | "critical" | "ok"}} Line */

const TROUBLED = new Set(["lost", "stalled"]);
const END_WORDS = /** @type {Record<string, string>} */ ({
  finished: "Finished",
  early_stopped: "Stopped early",
  stopped: "Stopped",
  crashed: "Crashed",
  interrupted: "Interrupted",
});
const HEALTH_ENDS = /** @type {Record<string, string>} */ ({ raised: " grew worse", resolved: " resolved" });
const END_SIGNS = /** @type {Record<string, string>} */ ({ interrupted: "stopped" });

/** @type {Record<string, (data: Record<string, any>) => Line>} */
const WORDS = {
  start: (data) => ({ sign: "running", title: data.resumed ? "Resumed" : "Began" }),
  resume: () => ({ sign: "resume", title: "Resumed", level: "info" }),
  best: (data) => ({
    sign: "star",
    title: `New best ${formatValue(data.value)}`,
    metric: data.metric,
    level: "ok",
    text: data.previous === null || data.previous === undefined ? undefined : was(data.previous, data.value),
  }),
  lr: (data) => ({
    sign: "rate",
    title: `Learning rate ${formatValue(data.value)}`,
    text: [`was ${formatValue(data.previous)}`, data.group && data.group !== "0" ? `group ${data.group}` : ""]
      .filter(Boolean)
      .join(", "),
  }),
  note: (data) => ({ sign: "note", title: "Note", text: String(data.text ?? "") }),
  alert: (data) => ({
    sign: "lost",
    title: String(data.title ?? "Alert"),
    text: String(data.text ?? ""),
    level: data.level === "info" ? "info" : data.level === "critical" ? "critical" : "warning",
  }),
  health: (data) => ({
    sign: data.kind === "resolved" ? "resolved" : String(data.severity),
    title: `${data.title ?? data.rule}${HEALTH_ENDS[data.kind] ?? ""}`,
    text: [data.subject, data.kind === "resolved" ? "" : data.what].filter(Boolean).join(": "),
    level: data.kind === "resolved" ? "ok" : data.severity,
  }),
  gradients: (data) => gradients(data),
  dropped: (data) => ({
    sign: "dropped",
    title: `${formatCount(data.n)} points dropped`,
    text: String(data.reason ?? ""),
    level: "warning",
  }),
  command: (data) => ({
    sign: "stopped",
    title: data.stage === "asked" || !data.stage ? "Stop asked" : `Stop ${data.stage}`,
    text: [data.actor ? `by ${data.actor}` : "", data.reason ?? ""].filter(Boolean).join(": "),
  }),
  state: ({ from, to }) => ({
    sign: String(to),
    title: stateWord(to),
    text: from ? `was ${stateWord(from).toLowerCase()}` : undefined,
    level: TROUBLED.has(to) ? "warning" : TROUBLED.has(from) ? "ok" : undefined,
  }),
  end: (data) => ({
    sign: END_SIGNS[data.reason] ?? String(data.reason),
    title: END_WORDS[data.reason] ?? "Ended",
    text: [data.actor ? `by ${data.actor}` : "", data.verdict ?? ""].filter(Boolean).join(" · "),
    level: data.reason === "crashed" ? "critical" : undefined,
  }),
};

/** @param {unknown} state */
const stateWord = (state) => STATE_WORDS[String(state)] ?? String(state);

/** @param {FeedEvent} event @returns {Line} */
export function describeEvent(event) {
  const words = WORDS[event.type];
  return words ? words(event.data ?? {}) : { sign: "note", title: event.type };
}

/** The gradient check of the first epoch: quiet when all are in range. @param {Record<string, any>} data @returns {Line} */
function gradients(data) {
  const verdicts = Object.entries(data.verdicts ?? {}).filter(([, verdict]) => verdict !== "good");
  const told = verdicts
    .slice(0, 4)
    .map(([name, verdict]) => `${name} ${formatValue(data.modules?.[name])} (too ${verdict})`);
  if (verdicts.length > told.length) told.push(`${verdicts.length - told.length} more`);
  if (!verdicts.length) return { sign: "gradients", title: "Gradient check: all in range", level: "ok" };
  return { sign: "gradients", title: "Gradient check", text: told.join(", "), level: "warning" };
}

/** A step too small for the digits shown is told by itself. @param {import("../../format.js").Value} previous @param {import("../../format.js").Value} value */
function was(previous, value) {
  const before = formatValue(previous);
  const change = before === formatValue(value) ? formatChange(previous, value) : "";
  return change ? `was ${before} (${change})` : `was ${before}`;
}
