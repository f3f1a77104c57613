// @ts-check
/** The Compare page: a few runs side by side, followed live, or all runs of a project at once. */
import { part } from "../element.js";
import { bindKeys } from "../keys.js";
import { follow } from "../live/stream.js";
import { showChooser } from "../parts/compare/chooser.js";
import { DEFAULT_VIEW, listOf, soundView, toggled } from "../parts/compare/compare-view.js";
import { showHead } from "../parts/compare/head.js";
import { RunPicker } from "../parts/compare/picker.js";
import { pickInDialog } from "../parts/compare/picker-dialog.js";
import { ProjectLive } from "../parts/compare/project-live.js";
import { RunsBeside } from "../parts/compare/runs-beside.js";
import { projectExportButton } from "../parts/files-menu.js";
import { startFrame } from "../parts/frame.js";
import { liveNotice, tell } from "../parts/notice.js";
import { island } from "../parts/run/island.js";
import { holdView } from "../view.js";

/** @typedef {import("../types.js").RunRow} RunRow */
/** @typedef {import("../parts/compare/compare-view.js").CompareView} CompareView */

const offered = island("compare");
const plotlyUrl = part(document, "compare").dataset.plotly ?? "";
const view = holdView(DEFAULT_VIEW, review, soundView);
/** @type {Map<string, RunRow>} */
const known = new Map(offered.runs.map((/** @type {RunRow} */ run) => [run.id, run]));
/** @type {RunsBeside | null} */
let beside = null;
/** @type {ProjectLive | null} */
let project = null;
let unfollow = () => {};

/** @param {CompareView} now @param {string[]} changed */
function review(now, changed) {
  if (changed.includes("runs")) return begin();
  beside?.review(changed);
  if (changed.some((name) => ["axes", "sx", "sy"].includes(name))) project?.review();
}

/** Show what the address asks for: runs beside each other, a project, or what to choose from. */
function begin() {
  const ids = idsNow();
  // What is gone leaves the address too; that begins anew.
  if (ids.join(",") !== view.get().runs) return view.set({ runs: ids.join(",") });
  const isProject = Boolean(view.get().project) && !ids.length;
  part(document, "bar").hidden = !ids.length;
  part(document, "comparison").hidden = ids.length < 2;
  part(document, "project-view").hidden = !isProject;
  part(document, "chooser").hidden = ids.length > 1 || isProject;
  showHead(runsOf(ids), isProject ? view.get().project : "", offered);
  if (isProject) return beginProject();
  beside ??= new RunsBeside({ view, known, plotlyUrl, titles: offered.titles, remove, report });
  beside.begin(ids, offered);
  const { missing, projects } = offered;
  if (ids.length < 2) showChooser({ runs: runsOf(ids), missing, projects, take: add });
  listen(ids);
}

function beginProject() {
  const { projects } = offered;
  project ??= new ProjectLive({ plotlyUrl, projects, view: view.get, setView: view.set }, report);
  project.ask();
  part(document, "actions").replaceChildren(projectExportButton(view.get().project));
  listen([]);
}

/** Runs that the address names and that are there. */
const idsNow = () => listOf(view.get().runs).filter((id) => known.has(id)).slice(0, offered.most);

/** @param {string[]} ids */
const runsOf = (ids) => ids.flatMap((id) => known.get(id) ?? []);

/** @param {RunRow} run */
function add(run) {
  const ids = idsNow();
  if (ids.includes(run.id)) return;
  if (ids.length >= offered.most) return tell(`At most ${offered.most} runs fit side by side`, "critical");
  known.set(run.id, run);
  view.set({ runs: [...ids, run.id].join(","), project: "" });
}

/** @param {string} id */
function remove(id) {
  const { hidden, baseline } = view.get();
  view.set({
    runs: idsNow().filter((one) => one !== id).join(","),
    hidden: listOf(hidden).filter((one) => one !== id).join(","),
    baseline: baseline === id ? "" : baseline,
  });
}

function pick() {
  const ids = idsNow();
  const project = runsOf(ids)[0]?.project ?? view.get().project;
  pickInDialog(new RunPicker({ project, taken: () => new Set(idsNow()), take: add }));
}

/** Follow these runs from now on. @param {string[]} ids */
function listen(ids) {
  unfollow();
  unfollow = follow(ids, { onEvent: hear, onState: notice, onLive: () => [beside, project].forEach((one) => one?.catchUp()) });
}

/** @param {string} event @param {any} data */
function hear(event, data) {
  if (event === "run" && known.has(data.run.id)) known.set(data.run.id, data.run);
  if (event === "deleted" && idsNow().includes(data.run)) {
    tell(`${known.get(data.run)?.name ?? data.run} was deleted`);
    remove(data.run);
  }
  [beside, project].forEach((one) => one?.hear(event, data));
}

/** Hide or show the run of a place. @param {number} place */
function toggle(place) {
  const id = idsNow()[place];
  if (id) view.set({ hidden: toggled(view.get().hidden, id) });
}

/** @param {unknown} problem */
function report(problem) {
  if (/** @type {{status?: number}} */ (problem).status !== 0)
    tell(problem instanceof Error ? problem.message : String(problem), "critical");
}

const next = (/** @type {string[]} */ list, /** @type {string} */ now) => list[(list.indexOf(now) + 1) % list.length];

part(document, "add").addEventListener("click", pick);
bindKeys({
  ...Object.fromEntries(["1", "2", "3", "4", "5", "6", "7", "8"].map((key) => [key, () => toggle(Number(key) - 1)])),
  a: pick,
  o: () => beside && view.set({ tab: next(["overview", "charts", "samples"], view.get().tab) }),
  d: () => view.set({ rows: view.get().rows === "all" ? "" : "all" }),
  n: () => beside?.note.edit(),
  f: () => {
    view.set({ tab: "charts" });
    part(document, "filter").focus();
  },
  l: () => view.set({ scale: view.get().scale === "log" ? "linear" : "log" }),
  x: () => view.set({ x: next(["epoch", "step", "time", "fraction"], view.get().x), from: "", to: "" }),
  z: () => view.set({ from: "", to: "" }),
  u: () => location.assign("/"),
});

startFrame();
const notice = liveNotice();
begin();
