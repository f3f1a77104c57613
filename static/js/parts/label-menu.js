// @ts-check
/** What a person may write on a run, and its report, as lines of its menu: the same on every page. */
import { reportItems, runReport } from "./report-menu.js";
import { annotate, retag } from "./run-actions.js";
import { judge } from "./verdict.js";

/**
 * @param {import("../types.js").RunRow} run
 * @param {(changed: any) => void} onChange
 * @returns {import("./menu.js").MenuItem[]}
 */
export const labelItems = (run, onChange) => [
  { word: "Tags", sign: "tag", act: () => retag(run, onChange) },
  { word: "Note", sign: "note", act: () => annotate(run, onChange) },
  { word: "Verdict", sign: "verdict", act: () => judge(run, onChange) },
  ...reportItems(runReport(run.id)),
];
