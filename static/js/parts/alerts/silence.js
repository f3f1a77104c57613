// @ts-check
/** What stands where no alert does: a good sign, a filter too narrow, no run yet, or no answer. */
import { element, icon } from "../../element.js";
import { isNarrowed } from "./view.js";

/** @typedef {import("./view.js").AlertsView} AlertsView */

/** @typedef {{phase: string, view: AlertsView, runs: number, running: number, rules: number}} About */
/** @typedef {{clear: () => void, show: (state: string) => void, again: () => void}} Ways */

/**
 * Say why there is nothing, or go away.
 * @param {HTMLElement} place
 * @param {About | null} about  null when there is something
 * @param {Ways} ways  out of the silence
 */
export function showSilence(place, about, ways) {
  place.hidden = !about;
  const key = JSON.stringify(about);
  if (!about || place.dataset.shown === key) return; // a button that is pressed must not be made anew
  place.dataset.shown = key;
  place.replaceChildren(...silence(about, ways));
}

/** @param {About} about @param {Ways} actions @returns {Node[]} */
function silence({ phase, view, runs, running, rules }, actions) {
  if (phase === "failed")
    return scene("lost", "The alerts could not be loaded", "The server did not answer.", [["Try again", actions.again]]);
  if (runs === 0)
    return scene(
      "mark",
      "No run has reported yet",
      "Alerts appear here as soon as a training goes wrong: what, since when, why, and what to try.",
      [["Watch your first run", () => location.assign("/")]],
    );
  if (isNarrowed(view)) return scene("search", "No alert matches", "", [["Clear the filters", actions.clear]]);
  if (view.state === "firing")
    return scene("ok", "All quiet", quietSentence(runs, running, rules), [["See all alerts", () => actions.show("all")]]);
  if (view.state === "all") return scene("ok", "Never an alert", quietSentence(runs, running, rules), []);
  const what = view.state === "resolved" ? "resolved" : "acknowledged";
  return scene("info", `No ${what} alert`, "", [["See what fires", () => actions.show("firing")]]);
}

/** @param {number} runs @param {number} running @param {number} rules */
function quietSentence(runs, running, rules) {
  const watched = running ? `${running} running now` : "none is running now";
  return `${rules} rules watch ${runs} ${runs === 1 ? "run" : "runs"}, ${watched}. Nothing asks for your attention.`;
}

/** @param {string} sign @param {string} title @param {string} text @param {[string, () => void][]} buttons */
function scene(sign, title, text, buttons) {
  return [
    element("span", { class: "silence-sign", "data-sign": sign }, icon(sign)),
    element("p", { class: "empty-title" }, title),
    ...(text ? [element("p", { class: "silence-text" }, text)] : []),
    ...buttons.map(([word, act]) => element("button", { class: "button", type: "button", onclick: act }, word)),
  ];
}
