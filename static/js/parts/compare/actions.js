// @ts-check
/** What can be done with a compared run, and with the comparison as a whole. */
import { element, icon } from "../../element.js";
import { labelItems } from "../label-menu.js";
import { comparisonReportButton } from "../files-menu.js";

/** @typedef {import("../../types.js").RunRow} RunRow */

/**
 * @param {RunRow} run
 * @param {import("./runs-beside.js").HeldView} view
 * @param {{put: (run: RunRow) => void, solo: () => void, remove: () => void}} acts
 * @returns {import("../menu.js").MenuItem[]}
 */
export function chipMenu(run, view, { put, solo, remove }) {
  const isBaseline = view.get().baseline === run.id;
  const rebase = () => view.set({ baseline: isBaseline ? "" : run.id, group: "" });
  return [
    { word: "Open the run", sign: "open", act: () => location.assign(run.url) },
    { word: "Show it alone, or all", sign: "alone", act: solo },
    { word: isBaseline ? "No baseline" : "Make it the baseline", sign: "baseline", act: rebase },
    "rule",
    ...labelItems(run, put),
    "rule",
    { word: "Take out of the comparison", sign: "close", act: remove },
  ];
}

/**
 * What a report is asked for: the runs, and how the page lays them over one another.
 * @param {import("./compare-view.js").CompareView} view
 */
const reportAsked = ({ runs, metric, x, scale, baseline, group }) => ({ runs, metric, align: x, scale, baseline, group });

/** @param {HTMLElement} root @param {RunRow[]} runs @param {{editNote: () => void, view: () => import("./compare-view.js").CompareView}} options */
export function showActions(root, runs, { editNote, view }) {
  const word = (/** @type {string} */ text) => element("span", { class: "action-word" }, text);
  const note = element(
    "button",
    { class: "button", type: "button", title: "Note on this comparison (n)", onclick: editNote },
    icon("note"),
    word("Note"),
  );
  const project = runs[0]?.project;
  const all =
    project !== undefined &&
    element(
      "a",
      {
        class: "button",
        href: `/compare?project=${encodeURIComponent(project)}`,
        title: `All runs of ${project} at once`,
      },
      icon("gradients"),
      word(`All runs of ${project}`),
    );
  const both = runs.length > 1 ? [note, comparisonReportButton(() => reportAsked(view()))] : [];
  root.replaceChildren(...both, ...(all ? [all] : []));
}
