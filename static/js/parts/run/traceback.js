// @ts-check
/** Why a run crashed, in its own words, where nobody can miss it. */
import { element, icon } from "../../element.js";
import { copyText } from "../copy.js";
import { flatten } from "./flatten.js";

/** @typedef {import("../../types.js").RunDetail} RunDetail */

const MOST_TOLD = 5;

/** @param {HTMLElement} root @param {RunDetail} run */
export function showTraceback(root, run) {
  const key = run.state === "crashed" ? `${run.traceback}${run.epochs_done}` : "";
  root.hidden = !key;
  if (!key || root.dataset.shown === key) return;
  root.dataset.shown = key;
  const text = run.traceback ?? "";
  const word = element("span", {}, "Copy");
  const neverStarted = run.epochs_done === 0;
  const last = text.trimEnd().split("\n").at(-1) ?? "";
  root.replaceChildren(
    element(
      "div",
      { class: "trouble-head" },
      icon("crashed"),
      element(
        "h2",
        { class: "trouble-title" },
        neverStarted
          ? "Never started: crashed before the first epoch was done"
          : `Crashed in epoch ${run.epoch ?? run.epochs_done}`,
      ),
      text &&
        element("button", { class: "button", type: "button", onclick: () => copyText(text, word) }, icon("copy"), word),
    ),
    element("p", { class: "trouble-line metric" }, last || "No traceback arrived."),
    neverStarted ? suspicion(run.config) : "",
    text
      ? element(
          "details",
          { class: "trouble-more", open: neverStarted },
          element("summary", {}, "Traceback"),
          element("pre", { class: "code" }, text),
        )
      : "",
  );
}

/** The usual cause of a crash at the start: numbers that a YAML file gave as text. @param {Record<string, any>} config */
function suspicion(config) {
  const suspects = flatten(config ?? {}).filter((row) => row.looksLike === "a number");
  if (!suspects.length) return "";
  const told = suspects
    .slice(0, MOST_TOLD)
    .map((row) => `${row.key} = ${row.text}`)
    .join(", ");
  return element(
    "p",
    { class: "trouble-line" },
    "In the config these are text, not numbers: ",
    element("span", { class: "metric" }, told),
    suspects.length > MOST_TOLD ? ` and ${suspects.length - MOST_TOLD} more.` : ".",
  );
}
