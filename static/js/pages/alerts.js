// @ts-check
/** The Alerts page: what goes wrong in any run, live, newest first. */
import { ask } from "../api.js";
import { mark, part } from "../element.js";
import { bindKeys } from "../keys.js";
import { follow } from "../live/stream.js";
import { alertActions } from "../parts/alerts/actions.js";
import { AlertsFeed } from "../parts/alerts/feed.js";
import { KnownAlerts } from "../parts/alerts/known-alerts.js";
import { Looking } from "../parts/alerts/looking.js";
import { Opened } from "../parts/alerts/opened.js";
import { Picking } from "../parts/alerts/picking.js";
import { showSilence } from "../parts/alerts/silence.js";
import { AlertsTools } from "../parts/alerts/tools.js";
import { DEFAULT_VIEW, soundView } from "../parts/alerts/view.js";
import { startFrame } from "../parts/frame.js";
import { listenForAlerts } from "../parts/health/signals.js";
import { liveNotice, tell } from "../parts/notice.js";
import { stop } from "../parts/run-actions.js";
import { showTitle } from "../parts/state.js";
import { holdView } from "../view.js";

/** @typedef {import("../types.js").AlertJson} AlertJson */

const { projects, rules, runs: known } = JSON.parse(document.getElementById("alerts-json")?.textContent ?? "");
/** @type {Map<string, import("../parts/alerts/alert-group.js").RunSign>} */
const runs = new Map(Object.entries(known));
const view = holdView(DEFAULT_VIEW, review, soundView);
const alerts = new KnownAlerts(view.get, plan);
const actions = alertActions(alerts);
const looking = new Looking((ids) => markSeen(ids).catch(() => {})); // those the server did not hear of stay unread
const root = part(document, "feed");
const feed = new AlertsFeed(root, (id, line) => looking.watch(line.element, id));
const opened = new Opened(
  alerts,
  feed,
  {
    acknowledge: (alert) => (alert.acknowledged_ms === null ? actions.acknowledge([alert]) : actions.reopen(alert)),
    mute: actions.mute,
    stop: (alert) => stop(/** @type {any} */ ({ id: alert.run }), () => tell(`${alert.run_name} is asked to stop`)),
  },
  { plotlyUrl: root.dataset.plotly ?? "", stateOf: (run) => runs.get(run)?.state ?? "finished" },
);
const picking = new Picking(document, feed, alerts, actions.acknowledge);
const tools = new AlertsTools(document, { projects, rules }, view.set);
const older = /** @type {HTMLButtonElement} */ (part(document, "older"));
let planned = 0;

/** Show once a frame, however many alerts spoke. */
function plan() {
  planned ||= requestAnimationFrame(() => {
    planned = 0;
    show();
  });
}

function show() {
  const shown = alerts.shown();
  const isEmpty = shown.length === 0;
  const isWaiting = alerts.phase === "loading";
  tools.show(view.get(), alerts.counts, shown);
  feed.show(shown, view.get().group, runs);
  opened.show();
  picking.show();
  showSilence(part(document, "silence"), isEmpty && !isWaiting ? describe() : null, {
    clear: () => view.set({ severity: "", project: "", rule: "", run: "" }),
    show: (state) => view.set({ state }),
    again: () => alerts.load(true),
  });
  part(document, "waiting").hidden = !isWaiting || !isEmpty;
  part(document, "toolbar").hidden = runs.size === 0 && isEmpty;
  mark(root, "aria-busy", String(isWaiting));
  older.hidden = isEmpty || !alerts.hasOlder;
  const { unread = 0, critical = 0, warning = 0 } = alerts.counts ?? {};
  const alarm = critical ? "critical" : warning ? "warning" : null;
  showTitle(`${unread ? `(${unread}) ` : ""}Alerts · Epochwatch`, unread ? alarm : null);
}

/** What the silence is about. */
function describe() {
  const running = [...runs.values()].filter((run) => run.state === "running").length;
  return { phase: alerts.phase, view: view.get(), runs: runs.size, running, rules: rules.length };
}

/** @param {import("../parts/alerts/view.js").AlertsView} _now @param {string[]} changed */
function review(_now, changed) {
  feed.selected.clear();
  if (changed.some((name) => name !== "group")) alerts.load(true);
  else plan();
}

/** @param {number[]} ids */
async function markSeen(ids) {
  const unseen = ids.filter((id) => alerts.alerts.get(id)?.seen_ms === null);
  if (!unseen.length) return;
  alerts.take((await ask("/api/alerts/seen", { method: "POST", body: { ids: unseen } })).alerts);
  document.dispatchEvent(new Event("alertslooked"));
}

root.addEventListener("click", (event) => {
  const target = /** @type {HTMLElement} */ (event.target);
  const id = Number(/** @type {HTMLElement | null} */ (target.closest("[data-id]"))?.dataset.id);
  const group = /** @type {HTMLElement | null} */ (target.closest("[data-group]"))?.dataset.group ?? "";
  if (target instanceof HTMLInputElement && id) picking.one(id, target.checked, event.shiftKey);
  else if (target instanceof HTMLInputElement) picking.group(group, target.checked);
  else if (target.closest("[data-more]")) feed.unfold(group, plan);
  else if (target.closest(".line-row") && !target.closest("label, a") && !getSelection()?.toString()) opened.toggle(id);
});
older.addEventListener("click", async () => {
  older.disabled = true;
  await alerts.loadOlder().catch((problem) => tell(problem.message, "critical"));
  older.disabled = false;
});
/** @param {(id: number) => void} act */
const atCursor = (act) => () => feed.cursor !== null && act(feed.cursor);
bindKeys({
  j: () => feed.move(1),
  k: () => feed.move(-1),
  Enter: atCursor((id) => opened.toggle(id)),
  x: atCursor((id) => picking.one(id, !feed.selected.has(id), false)),
  a: () => picking.acknowledgeAll(),
  o: atCursor((id) => location.assign(alerts.alerts.get(id)?.url ?? "/")),
  u: () => location.assign("/"),
  Escape: () => picking.clear(),
});

startFrame();
listenForAlerts();
alerts.load(true);
follow([], {
  onState: liveNotice(),
  onLive: () => alerts.load(false),
  onEvent(event, data) {
    if (event === "alert") alerts.put(data.alert);
    else if (event === "run") {
      runs.set(data.run.id, { hue: data.run.hue, state: data.run.state });
      plan();
    } else if (event === "deleted") {
      runs.delete(data.run);
      alerts.dropRun(data.run);
    }
  },
});
