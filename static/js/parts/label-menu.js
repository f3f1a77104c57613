// @ts-check
/** What a person may write on a run, and what can be saved of it, as lines of its menu: the same on every page. */
import { exportItems, reportItems, runReport } from "./files-menu.js";
import { annotate, retag } from "./run-actions.js";
import { judge } from "./verdict.js";

/**
 * Put a run beside others: the Compare page asks which.
 * @param {import("../types.js").RunRow} run
 * @returns {import("./menu.js").MenuItem}
 */
export const compareItem = (run) => ({
  word: "Compare with other runs",
  sign: "compare",
  act: () => location.assign(`/compare?runs=${encodeURIComponent(run.id)}`),
});

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
  ...exportItems(run.id),
];
