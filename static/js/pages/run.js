// @ts-check
/** The Run page: one training, followed live. */
import { ask } from "../api.js";
import { part } from "../element.js";
import { bindKeys } from "../keys.js";
import { follow } from "../live/stream.js";
import { bindTools } from "../parts/charts/tools.js";
import { Wall } from "../parts/charts/wall.js";
import { startFrame } from "../parts/frame.js";
import { RunHealth } from "../parts/health/run-health.js";
import { compareItem, labelItems } from "../parts/label-menu.js";
import { openMenu } from "../parts/menu.js";
import { leaveTelling, liveNotice, tell } from "../parts/notice.js";
import { showConfig } from "../parts/run/config.js";
import { showEnvironment } from "../parts/run/environment.js";
import { Feed } from "../parts/run/feed.js";
import { Header } from "../parts/run/header.js";
import { island } from "../parts/run/island.js";
import { bindRail } from "../parts/run/rail.js";
import { bindRename } from "../parts/run/rename.js";
import { DEFAULT_VIEW, soundView } from "../parts/run/run-view.js";
import { TabTitle } from "../parts/run/tab-title.js";
import { showTraceback } from "../parts/run/traceback.js";
import { annotate, remove, stop } from "../parts/run-actions.js";
import { bindCursor } from "../parts/samples/cursor.js";
import { Samples } from "../parts/samples/samples.js";
import { isOver } from "../parts/state.js";
import { holdView } from "../view.js";

/** @typedef {import("../types.js").RunDetail} RunDetail */

const FIRST_LOOK_MS = 800; // a stream that opens later than this does not keep the page empty

/** @type {RunDetail} */
let run = island("run");
let rowsHeard = 0;
const path = `/api/runs/${encodeURIComponent(run.id)}`;
const root = part(document, "run");
const view = holdView(DEFAULT_VIEW, review, soundView);
const header = new Header(root);
const title = new TabTitle();
const feed = new Feed(part(root, "feed"), path);
const rail = bindRail(view.get().tab, (tab) => view.set({ tab }));
const tools = bindTools(view.set);
show(run);
const wall = new Wall({
  root: part(root, "charts"),
  path,
  createdMs: run.created_ms,
  plotlyUrl: root.dataset.plotly ?? "",
  isOver: () => isOver(run.state),
  view: view.get,
  setView: view.set,
});
const askToStop = () => stop(run, (command) => show({ stop: command }));
const health = new RunHealth({ root, path, run: () => run, view, rail, title, wall, stop: askToStop });
const samples = new Samples({ root: part(root, "samples"), path, view: view.get, setView: view.set });
const cursor = bindCursor(samples, wall);

/** Show a run as the server now tells it; rows of the stream leave out what only the detail has. @param {Partial<RunDetail>} told */
function show(told) {
  const before = run;
  run = { ...run, ...told };
  header.show(run);
  title.show(run);
  if (told.config) showConfig(part(root, "config"), run.config);
  if (told.environment) showEnvironment(part(root, "environment"), run);
  showTraceback(part(root, "traceback"), run);
  if (before.state !== run.state && isOver(run.state) && !told.config) refreshDetail().catch(report); // its traceback, its summary
}

/** Ask for everything about the run; where the stream was quicker than the answer, the stream is right. */
async function refreshDetail() {
  const before = rowsHeard;
  const { config, environment, declared, parameters, traceback, summary, note_html, ...row } = await ask(path);
  show({ config, environment, declared, parameters, traceback, summary, note_html, ...(before === rowsHeard ? row : {}) });
}

/** @param {import("../parts/run/run-view.js").RunView} now @param {string[]} changed */
function review(now, changed) {
  tools.show(now);
  if (changed.includes("tab")) {
    rail.show(now.tab);
    health.showTab(now.tab);
  }
  wall.review(changed);
  samples.review(changed).then(() => cursor.show(changed), report);
}

/** @param {unknown} problem */
function report(problem) {
  if (/** @type {{status?: number}} */ (problem).status !== 0)
    tell(problem instanceof Error ? problem.message : String(problem), "critical");
}

/** Ask for everything that is shown: at the start, and after a gap in the stream. */
function catchUp() {
  wasAsked = true;
  for (const asked of [refreshDetail(), wall.catchUp(), feed.load(), samples.load(), health.load()]) asked.catch(report);
}

function openMore() {
  openMenu(part(root, "more"), [
    { word: "Rename", sign: "rename", act: () => part(root, "name").click() },
    compareItem(run),
    ...labelItems(run, show),
    health.menuItem(),
    "rule",
    { word: "Delete", sign: "delete", look: "danger", act: () => remove([run], () => location.assign("/")) },
  ]);
}

/** @type {Record<string, (data: any) => void>} */
const handlers = {
  run: (data) => {
    if (data.run.id !== run.id) return;
    rowsHeard += 1;
    show(data.run);
  },
  points: (data) => data.run === run.id && wall.receive(data),
  feed: (data) => data.run === run.id && rail.news(feed.add(data.events).length),
  samples: (data) => data.run === run.id && (cursor.came(), samples.receive(data).catch(report)),
  deleted: (data) => data.run === run.id && leaveTelling("/", `${run.name} was deleted.`),
};

bindRename(part(root, "name"), () => run, show);
part(root, "more").addEventListener("click", openMore);
part(root, "stop").addEventListener("click", askToStop);
bindKeys({
  f: () => tools.focusFilter(),
  l: () => view.set({ scale: view.get().scale === "log" ? "linear" : "log" }),
  x: () => view.set({ x: { epoch: "step", step: "time", time: "epoch" }[view.get().x] ?? "epoch", from: "", to: "" }),
  z: () => wall.shared.resetZoom(),
  e: () => part(root, "name").click(),
  n: () => annotate(run, show),
  u: () => location.assign("/"),
  Escape: () => rail.close(),
});

startFrame();
tools.show(view.get());
let wasAsked = false;
follow([run.id], {
  onEvent: (event, data) => (handlers[event]?.(data), health.hear(event, data)),
  onState: liveNotice(),
  onLive: catchUp,
});
setTimeout(() => wasAsked || catchUp(), FIRST_LOOK_MS);
