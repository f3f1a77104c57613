// @ts-check
/** What stands where there is nothing to compare yet: a run to begin with, another one to add, or a project to look at. */
import { element, icon, part, write } from "../../element.js";
import { RunPicker } from "./picker.js";

/** @typedef {import("../../types.js").RunRow} RunRow */

/**
 * @param {{runs: RunRow[], missing: string[], projects: [string, number][], take: (run: RunRow) => void}} options
 */
export function showChooser({ runs, missing, projects, take }) {
  const known = projects.reduce((sum, [, count]) => sum + count, 0);
  write(part(document, "chooser-title"), titleOf(runs, missing, known));
  write(part(document, "chooser-text"), textOf(runs, known));
  const taken = () => new Set(runs.map((run) => run.id));
  const picker = new RunPicker({ project: runs[0]?.project ?? "", taken, take });
  part(document, "chooser-picker").replaceChildren(...(known > runs.length ? [picker.element] : []));
  const links = projects.filter(([, count]) => count > 1).map(projectLink);
  const words = links.length ? [element("p", { class: "quiet" }, "Or all runs of a project at once:")] : [];
  part(document, "chooser-projects").replaceChildren(...words, ...links);
  part(document, "chooser").hidden = false;
  if (known > runs.length) {
    picker.load();
    picker.search.focus({ preventScroll: true });
  }
}

/** @param {[string, number]} project  its name, and how many runs it has */
const projectLink = ([name, count]) =>
  element(
    "a",
    { class: "button", href: `/compare?project=${encodeURIComponent(name)}` },
    icon("gradients"),
    name,
    element("span", { class: "number quiet" }, String(count)),
  );

/** @param {RunRow[]} runs @param {string[]} missing @param {number} known */
function titleOf(runs, missing, known) {
  if (!known) return "No runs yet";
  if (runs.length === 1) return `${runs[0].name || runs[0].id} needs company`;
  return missing.length ? "None of these runs exists any more" : "Choose two to eight runs";
}

/** @param {RunRow[]} runs @param {number} known */
function textOf(runs, known) {
  if (!known) return "The Runs page shows the lines to paste into a training loop.";
  if (known === 1) return "There is only this one run; a comparison takes two.";
  return runs.length === 1
    ? "One run alone cannot be compared. Add another."
    : "Pick them here, or select them on the Runs page and press c.";
}
