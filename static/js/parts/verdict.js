// @ts-check
/** What somebody concluded from a run, in a word or two, as a chip; and the question for it. */
import { ask } from "../api.js";
import { element, mark, write } from "../element.js";
import { askInDialog } from "./dialog.js";

/** @typedef {import("../types.js").RunRow} RunRow */

const MAX_CHARS = 40;
const OFFERED = ["best", "good", "fair", "poor", "catastrophic", "broken"];

/** Words whose meaning a colour may support; the word itself says it. @type {Record<string, string>} */
const TONES = {
  best: "ok",
  good: "ok",
  fair: "info",
  mediocre: "info",
  poor: "warning",
  bad: "warning",
  catastrophic: "critical",
  broken: "critical",
  failed: "critical",
};

/** @param {string} verdict */
export function verdictChip(verdict) {
  const chip = element("span", { class: "verdict" });
  showVerdict(chip, verdict);
  return chip;
}

/** Bring a chip to a verdict; without one it is hidden. @param {HTMLElement} chip @param {string | undefined} verdict */
export function showVerdict(chip, verdict) {
  chip.hidden = !verdict;
  write(chip, verdict ?? "");
  mark(chip, "data-tone", TONES[(verdict ?? "").trim().toLowerCase()] ?? null);
  mark(chip, "title", verdict ? `Verdict by hand: ${verdict}` : null);
}

/** Ask for a verdict on a run. @param {RunRow} run @param {(changed: any) => void} onChange */
export function judge(run, onChange) {
  const field = element("input", {
    class: "field",
    maxlength: MAX_CHARS,
    value: run.verdict ?? "",
    autocomplete: "off",
    spellcheck: "false",
    placeholder: "best, poor, …",
  });
  const take = (/** @type {string} */ word) => () => {
    field.value = word;
    field.focus();
  };
  const offers = element(
    "div",
    { class: "verdict-offers", role: "group", "aria-label": "Usual verdicts" },
    ...OFFERED.map((word) => {
      const chip = element("button", { class: "verdict", type: "button", onclick: take(word) }, word);
      mark(chip, "data-tone", TONES[word]);
      return chip;
    }),
  );
  const label = element(
    "label",
    { class: "label" },
    "Verdict",
    field,
    element("span", { class: "hint" }, "A word or two, kept with the run; empty takes it away"),
  );
  askInDialog({
    title: "Verdict",
    text: run.name,
    fields: [label, offers],
    action: "Save",
    act: async () => {
      const body = { verdict: field.value.trim() };
      onChange(await ask(`/api/runs/${encodeURIComponent(run.id)}`, { method: "PATCH", body }));
    },
  });
}
