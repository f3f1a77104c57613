// @ts-check
/** Targets and bands, scored: one line a metric, with what it will come to at this pace. */
import { ask } from "../../api.js";
import { element, icon, mark } from "../../element.js";
import { formatValue } from "../../format.js";

/** @typedef {import("../../types.js").StandingJson} StandingJson */

const LOAD_GAP_MS = 1500;

/** How a score is told: sign and colour. @type {Record<string, string>} */
const SIGNS = {
  met: "ok", "met late": "ok", ahead: "ok", "on track": "ok", good: "ok", excellent: "ok",
  minimum: "info", below: "warning", late: "warning", missed: "warning", unknown: "not_checked",
}; // prettier-ignore

export class Targets {
  /** @param {HTMLElement} root @param {string} path  of the run in the API @param {StandingJson[]} first */
  constructor(root, path, first) {
    this.root = root;
    this.path = path;
    /** @type {Set<string>} */
    this.metrics = new Set();
    this.loadedAt = performance.now();
    this.timer = 0;
    this.show(first);
  }

  /** @param {StandingJson[]} targets */
  show(targets) {
    this.metrics = new Set(targets.map((one) => one.metric));
    this.root.hidden = targets.length === 0;
    this.root.replaceChildren(...targets.map(line));
  }

  async load() {
    this.timer = 0;
    this.loadedAt = performance.now();
    this.show((await ask(`${this.path}/targets`)).targets);
  }

  /** An epoch of a metric with targets is over. @param {import("../../types.js").PointsEvent} event */
  receive(event) {
    if (!this.metrics.size || (!event.truncated && !Object.keys(event.epochs).some((name) => this.metrics.has(name))))
      return;
    const wait = Math.max(0, this.loadedAt + LOAD_GAP_MS - performance.now());
    this.timer ||= setTimeout(() => this.load().catch(() => {}), wait); // the next epoch asks again
  }
}

/** @param {StandingJson} one */
function line(one) {
  const sign = SIGNS[one.score] ?? "not_checked";
  const expected =
    one.expected === null
      ? null
      : element(
          "span",
          { class: "target-expected" },
          "expected ",
          element("span", { class: "number" }, formatValue(one.expected)),
          ` at epoch ${one.expected_epoch}`,
          one.expected_band ? ` (${bandWord(one.expected_band)})` : null,
        );
  const row = element(
    "li",
    { class: "target", "data-score": one.score },
    element("span", { class: "severity-sign", "data-severity": sign }, icon(sign)),
    element("span", { class: "metric target-metric" }, one.metric),
    element("span", { class: "number target-now" }, formatValue(one.now)),
    one.bands.length ? bands(one) : null,
    element("span", { class: "target-text" }, one.milestones.length ? one.text : bandText(one)),
    expected,
  );
  mark(row, "title", one.milestones.map((step) => `${formatValue(step.value)} by epoch ${step.epoch}: ${step.score}`).join("\n") || null);
  return row;
}

/** Three steps, filled as far as the best value came. @param {StandingJson} one */
function bands(one) {
  const steps = one.bands.map((step) =>
    element("span", {
      class: "band-step",
      "data-reached": step.score === "met",
      title: `${step.name} ${one.is_upward ? "≥" : "≤"} ${formatValue(step.value)}`,
    }),
  );
  const names = one.bands.map((step) => `${step.name} ${formatValue(step.value)}`).join(", ");
  return element("span", { class: "band", role: "img", "aria-label": `Bands: ${names}. Reached: ${bandWord(one.band)}` }, ...steps);
}

/** @param {StandingJson} one */
function bandText(one) {
  const next = one.bands.find((step) => step.score !== "met");
  const reached = bandWord(one.band);
  if (next && one.band === "below") return `below the ${next.name} of ${formatValue(next.value)}`;
  return next ? `${reached}, ${next.name} is ${formatValue(next.value)}` : reached;
}

/** @param {string | null} band */
const bandWord = (band) => (band === null ? "no value yet" : band === "below" ? "below the minimum" : band);
