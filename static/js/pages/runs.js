// @ts-check
/** The Runs page: every run in a live table. */
import { part } from "../element.js";
import { bindKeys } from "../keys.js";
import { follow } from "../live/stream.js";
import { copyText } from "../parts/copy.js";
import { startFrame } from "../parts/frame.js";
import { listenForAlerts } from "../parts/health/signals.js";
import { compareItem, labelItems } from "../parts/label-menu.js";
import { openMenu } from "../parts/menu.js";
import { liveNotice, tellWhatWasLeft } from "../parts/notice.js";
import { addTags, remove, rename } from "../parts/run-actions.js";
import { Filters } from "../parts/runs/filters.js";
import { buildHead } from "../parts/runs/head.js";
import { KnownRuns } from "../parts/runs/known-runs.js";
import { arrange, DEFAULT_VIEW } from "../parts/runs/order.js";
import { Selection } from "../parts/runs/selection.js";
import { Table } from "../parts/runs/table.js";
import { worstOf } from "../parts/severity.js";
import { showTitle } from "../parts/state.js";
import { holdView } from "../view.js";

/** @typedef {import("../types.js").RunRow} RunRow */

const runs = new KnownRuns(JSON.parse(document.getElementById("runs-json")?.textContent ?? "").runs, plan);
const table = new Table(part(document, "body"));
const view = holdView(DEFAULT_VIEW, refresh);
const filters = new Filters(document, view.set);
const sortList = /** @type {HTMLSelectElement} */ (part(document, "sort"));
const showSort = buildHead(part(document, "head"), sortList, (sort) => view.set({ sort }));
const selection = new Selection(document, table, {
  compare: (ids) => location.assign(`/compare?runs=${[...ids].map(encodeURIComponent).join(",")}`),
  tag: (ids) => addTags(chosen(ids), (run) => runs.put(run)),
  remove: (ids) => remove(chosen(ids), drop),
});
let planned = 0;

/** @param {Iterable<string>} ids @returns {RunRow[]} */
function chosen(ids) {
  return [...ids].flatMap((id) => runs.get(id) ?? []);
}

/** @param {string} id */
function drop(id) {
  selection.drop(id);
  runs.drop(id);
}

/** Arrange once a frame, however many runs spoke. */
function plan() {
  planned ||= requestAnimationFrame(() => {
    planned = 0;
    refresh();
  });
}

function refresh() {
  const all = runs.all();
  const shown = arrange(all, view.get());
  filters.show(all, view.get(), shown.length);
  showSort(view.get().sort);
  part(document, "empty").hidden = all.length > 0;
  part(document, "toolbar").hidden = all.length === 0;
  part(document, "table").hidden = shown.length === 0;
  part(document, "nothing").hidden = all.length === 0 || shown.length > 0;
  part(document, "table").setAttribute("aria-busy", "false");
  part(document, "table").setAttribute("aria-rowcount", String(shown.length + 1));
  table.show(shown);
  showTab(all);
}

/** The tab says what asks for somebody first, then what runs. @param {RunRow[]} all */
function showTab(all) {
  const running = all.filter((run) => run.state === "running").length;
  const unread = all.reduce((sum, run) => sum + (run.health.unread), 0);
  const worst = worstOf(all.flatMap((run) => (run.health.unread ? run.health.worst : null)));
  const alarm = worst === "critical" || worst === "warning" ? worst : null;
  const title = running ? `● ${running} running · Epochwatch` : "Runs · Epochwatch";
  showTitle(unread ? `(${unread}) ${title}` : title, alarm ?? (running ? "live" : null));
}

/** @param {RunRow} run @param {HTMLElement} at */
function openRunMenu(run, at) {
  const put = (/** @type {RunRow} */ changed) => runs.put(changed);
  openMenu(at, [
    { word: "Rename", sign: "rename", act: () => rename(run, put) },
    compareItem(run),
    ...labelItems(run, put),
    "rule",
    { word: "Delete", sign: "delete", look: "danger", act: () => remove([run], drop) },
  ]);
}

part(document, "body").addEventListener("click", (event) => {
  const target = /** @type {HTMLElement} */ (event.target);
  const row = /** @type {HTMLElement | null} */ (target.closest("[data-id]"));
  const run = row && runs.get(row.dataset.id);
  const more = /** @type {HTMLElement | null} */ (target.closest("[data-more]"));
  if (!run) return;
  if (more) openRunMenu(run, more);
  else if (target.closest(".runs-pick")) selection.toggle(run.id);
  else if (!target.closest("a") && !getSelection()?.toString()) location.assign(run.url);
});
part(document, "clear").addEventListener("click", () => view.set({ q: "", state: "", health: "", project: "" }));
part(document, "copy").addEventListener("click", () =>
  copyText(part(document, "snippet").textContent ?? "", part(document, "copy-word")),
);

bindKeys({
  j: () => table.move(1),
  k: () => table.move(-1),
  Enter: () => table.cursor && location.assign(runs.get(table.cursor)?.url ?? "/"),
  x: () => table.cursor && selection.toggle(table.cursor),
  " ": () => table.cursor && selection.toggle(table.cursor),
  "/": () => filters.search.focus(),
  c: () => selection.compare(),
  Escape: () => selection.clear(),
});

startFrame();
listenForAlerts();
tellWhatWasLeft();
refresh();
follow([], {
  onState: liveNotice(),
  onLive: () => runs.catchUp().catch(() => {}), // it dropped again: the next time it opens asks anew
  onEvent(event, data) {
    if (event === "run") runs.put(data.run);
    else if (event === "alert") runs.setHealth(data.alert.run, data.summary);
    else if (event === "deleted") drop(data.run);
  },
});
