// @ts-check
/** The inside of an alert's card: chart, numbers, why it matters, cause, what to try, and what can be done at once. */
import { withQuery } from "../../api.js";
import { element, icon, write } from "../../element.js";
import { copyText } from "../copy.js";
import { EvidenceChart } from "./evidence-chart.js";
import { copyable, evidenceRows } from "./words.js";

/** @typedef {import("../../types.js").AlertJson} AlertJson */

export class AlertBody {
  /** @param {HTMLElement} root @param {import("./health.js").Surroundings} around @param {import("./alert-actions.js").AlertActions} actions */
  constructor(root, around, actions) {
    this.actions = actions;
    this.key = "";
    /** @type {AlertJson | null} */
    this.alert = null;
    this.chart = new EvidenceChart(around.path, around.plotlyUrl);
    this.facts = element("dl", { class: "evidence" });
    this.limit = element("p", { class: "alert-limit" });
    this.why = paragraphs("Why it matters");
    this.cause = paragraphs("Probable cause");
    this.steps = element("ul", { class: "alert-steps" });
    this.try = element("section", { class: "alert-part" }, element("h4", {}, "What to try"), this.steps);
    this.take = button("seen", "Acknowledge", () => this.alert && actions.acknowledge(this.alert));
    this.mute = button("muted", "Mute", (at) => this.alert && actions.mute(this.alert, at));
    this.adjust = element("a", { class: "button" }, icon("settings"), "Adjust threshold");
    this.stop = button("stopped", "Stop run", () => actions.stop());
    this.stop.dataset.look = "danger";
    this.rule = element("a", { class: "alert-rule" });
    root.replaceChildren(
      this.chart.element,
      this.facts,
      this.limit,
      this.cause.section,
      this.try,
      this.why.section,
      element("div", { class: "alert-actions" }, this.take, this.mute, this.adjust, this.stop),
      this.rule,
    );
  }

  /** @param {AlertJson} alert @param {boolean} isOver  the run is */
  show(alert, isOver) {
    this.alert = alert;
    write(word(this.take), alert.acknowledged_ms === null ? "Acknowledge" : "Reopen");
    write(word(this.mute), alert.mute_id === null ? "Mute" : "Unmute");
    this.take.hidden = alert.phase === "resolved";
    this.stop.hidden = isOver || alert.phase === "resolved";
    this.chart.show(alert);
    const key = JSON.stringify([alert.evidence, alert.cause, alert.why, alert.recommendations]);
    if (key === this.key) return; // whoever reads it, or is about to copy from it, is left alone
    this.key = key;
    this.facts.replaceChildren(
      ...evidenceRows(alert).flatMap(([name, value]) => [
        element("dt", {}, name),
        element("dd", { class: "number" }, value),
      ]),
    );
    write(this.limit, alert.evidence.threshold ? `Limit: ${alert.evidence.threshold}` : "");
    this.why.tell(alert.why);
    this.cause.tell(alert.cause);
    this.try.hidden = alert.recommendations.length === 0;
    this.steps.replaceChildren(...alert.recommendations.map(step));
    const page = withQuery("/rules", { project: alert.project }) + `#${encodeURIComponent(alert.rule)}`;
    this.adjust.href = this.rule.href = page;
    this.rule.replaceChildren("How this rule decides: ", element("span", { class: "metric" }, alert.rule));
  }
}

/** @param {string} title */
function paragraphs(title) {
  const text = element("p", {});
  const section = element("section", { class: "alert-part" }, element("h4", {}, title), text);
  /** @param {string} told */
  const tell = (told) => {
    section.hidden = !told;
    write(text, told.replace(/\s+/g, " "));
  };
  return { section, tell };
}

/** @param {string} sign @param {string} name @param {(at: HTMLElement) => void} act */
function button(sign, name, act) {
  const made = element("button", { class: "button", type: "button" }, icon(sign), element("span", {}, name));
  made.addEventListener("click", () => act(made));
  return made;
}

/** @param {HTMLElement} made */
const word = (made) => /** @type {HTMLElement} */ (made.lastElementChild);

/** A recommendation; what it gives in numbers or code can be copied. @param {string} text */
function step(text) {
  const what = copyable(text);
  const said = element("span", { class: "alert-step-text" }, ...withCode(text));
  if (what === null) return element("li", { class: "alert-step" }, said);
  const name = element("span", {}, "Copy");
  const copy = element(
    "button",
    { class: "alert-copy", type: "button", title: `Copy ${what}`, onclick: () => copyText(what, name) },
    icon("copy"),
    name,
  );
  return element("li", { class: "alert-step" }, said, copy);
}

/** @param {string} text */
const withCode = (text) => text.split("`").map((piece, place) => (place % 2 ? element("code", {}, piece) : piece));
