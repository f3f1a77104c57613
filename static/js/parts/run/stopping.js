// @ts-check
/** How far a stop has come: asked, seen by the run, stopped; each with its moment. */
import { element, icon } from "../../element.js";
import { formatClock } from "../../format.js";

/**
 * @param {HTMLElement} list
 * @param {import("../../types.js").Stop | null} stop
 */
export function showStop(list, stop) {
  list.hidden = !stop;
  if (!stop) return;
  /** @type {[string, number | null][]} */
  const stages = [
    [`Stop asked by ${stop.actor}`, stop.asked_ms],
    ["seen by the run", stop.seen_ms],
    ["stopped", stop.done_ms],
  ];
  const reason = stop.reason ? [element("li", { class: "stopping-reason quiet" }, `“${stop.reason}”`)] : [];
  list.replaceChildren(...stages.map(([word, at]) => stage(word, at)), ...reason);
}

/** @param {string} word @param {number | null} at */
function stage(word, at) {
  const moment = at === null ? null : element("span", { class: "number quiet" }, formatClock(at, Date.now()));
  return element(
    "li",
    { class: "stopping-stage", "data-done": at !== null },
    icon(at === null ? "starting" : "finished"),
    word,
    moment,
  );
}
