// @ts-check
/** What the page says it shows: its title, the tab's title, and what of the address it could not show. */
import { part, write } from "../../element.js";
import { showTitle } from "../state.js";

/** @typedef {import("../../types.js").RunRow} RunRow */

/**
 * @param {RunRow[]} runs
 * @param {string} project  whose runs are all shown; "" when single runs are
 * @param {{missing: string[], left_out: string[], most: number}} offered
 */
export function showHead(runs, project, offered) {
  const projects = [...new Set(runs.map((run) => run.project))];
  const names = runs.map((run) => run.name || run.id).join(" · ");
  write(part(document, "title"), project || (runs.length > 1 ? `${runs.length} runs` : "Compare"));
  write(part(document, "of"), project ? "every run of the project" : ofWord(projects));
  showTitle(`${project || (runs.length > 1 ? names : "Compare")} · Epochwatch`, null);
  const words = project ? [] : [goneWord(offered.missing), leftWord(offered)].filter(Boolean);
  part(document, "notice").hidden = !words.length;
  write(part(document, "notice"), words.join(" "));
}

/** @param {string[]} projects */
function ofWord(projects) {
  if (!projects.length) return "";
  return projects.length === 1 ? `of ${projects[0]}` : `of ${projects.length} projects`;
}

/** @param {string[]} missing */
function goneWord(missing) {
  if (!missing.length) return "";
  return missing.length === 1
    ? `Run ${missing[0]} does not exist any more.`
    : `${missing.length} runs do not exist any more.`;
}

/** @param {{left_out: string[], most: number}} offered */
const leftWord = ({ left_out: left, most }) =>
  left.length ? `At most ${most} runs fit side by side; left out: ${left.join(", ")}.` : "";
