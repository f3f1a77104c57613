// @ts-check
/** The Settings page: notifiers, and what became of what they were sent. */
import { ask } from "../api.js";
import { element, part } from "../element.js";
import { follow } from "../live/stream.js";
import { askInDialog } from "../parts/dialog.js";
import { startFrame } from "../parts/frame.js";
import { liveNotice, tell } from "../parts/notice.js";
import { showDeliveries } from "../parts/settings/deliveries.js";
import { notifierCard } from "../parts/settings/notifier-card.js";
import { askForNotifier } from "../parts/settings/notifier-form.js";

/** @typedef {import("../parts/settings/words.js").Notifier} Notifier */
/** @typedef {import("../parts/settings/notifier-card.js").TestOutcome} TestOutcome */

const REFRESH_MS = 4000;

const island = JSON.parse(document.getElementById("settings-json")?.textContent ?? "");
const { kinds, projects } = island;
/** @type {Map<number, TestOutcome>} */
const tested = new Map();
/** @type {Notifier[]} */
let notifiers = island.notifiers;
/** @type {import("../parts/settings/words.js").Delivery[]} */
let deliveries = island.notifications;
let shown = "";
const only = /** @type {HTMLSelectElement} */ (part(document, "only"));

function show() {
  const state = JSON.stringify([notifiers, deliveries, [...tested], only.value]);
  if (state === shown) return; // what did not change keeps its focus
  shown = state;
  part(document, "notifiers").replaceChildren(
    ...notifiers.map((one) => notifierCard(one, tested.get(one.id), actions)),
  );
  part(document, "no-notifiers").hidden = notifiers.length > 0;
  part(document, "add").hidden = notifiers.length === 0;
  part(document, "deliveries-section").hidden = notifiers.length === 0;
  showChoices();
  const wanted = deliveries.filter((one) => only.value === "" || String(one.notifier) === only.value);
  showDeliveries(part(document, "deliveries"), wanted, new Map(notifiers.map((one) => [one.id, one])), retry);
}

function showChoices() {
  const chosen = only.value;
  only.replaceChildren(
    element("option", { value: "" }, "All notifiers"),
    ...notifiers.map((one) => element("option", { value: one.id }, one.name)),
  );
  only.value = notifiers.some((one) => String(one.id) === chosen) ? chosen : "";
  only.hidden = notifiers.length < 2;
}

async function refresh() {
  const [found, log] = await Promise.all([ask("/api/notifiers"), ask("/api/notifications?limit=50")]);
  notifiers = found.notifiers;
  deliveries = log.notifications;
  if (!document.querySelector(".menu")) show(); // a menu hangs on a button that would go
}

/** Do something that may fail, and say so when it does. @param {() => Promise<unknown>} act */
async function attempt(act) {
  try {
    await act();
    await refresh();
  } catch (problem) {
    tell(problem instanceof Error ? problem.message : String(problem), "critical");
  }
}

/** @param {Notifier | null} notifier @param {string} [kind] */
function edit(notifier, kind) {
  askForNotifier({
    kinds,
    projects,
    notifier,
    kind,
    saved: (saved) => {
      tested.delete(saved.id);
      tell(notifier ? `${saved.name} is saved` : `${saved.name} is added: send it a test`);
      void attempt(async () => {});
    },
  });
}

/** @type {import("../parts/settings/notifier-card.js").CardActions} */
const actions = {
  edit,
  test: (notifier) =>
    attempt(async () => {
      tested.set(notifier.id, "asking");
      show();
      try {
        tested.set(notifier.id, await ask(`/api/notifiers/${notifier.id}/test`, { method: "POST", body: {} }));
      } catch (problem) {
        tested.delete(notifier.id);
        show();
        throw problem;
      }
    }),
  turn: (notifier, isOn) =>
    attempt(() => ask(`/api/notifiers/${notifier.id}`, { method: "PATCH", body: { is_on: isOn } })),
  remove: (notifier) =>
    askInDialog({
      title: `Delete ${notifier.name}?`,
      text: "It is told of nothing more; what waits to be sent there and the log of its deliveries go too.",
      action: "Delete",
      look: "danger",
      act: async () => {
        await ask(`/api/notifiers/${notifier.id}`, { method: "DELETE" });
        await refresh();
      },
    }),
};

/** @param {{id: string}} delivery */
const retry = (delivery) => attempt(() => ask(`/api/notifications/${delivery.id}/retry`, { method: "POST", body: {} }));

part(document, "add").addEventListener("click", () => edit(null));
only.addEventListener("change", show);
for (const kind of kinds)
  part(document, "kinds").append(
    element("button", { class: "button", type: "button", onclick: () => edit(null, kind.id) }, kind.title),
  );

startFrame();
show();
setInterval(() => document.hidden || refresh().catch(() => {}), REFRESH_MS); // the banner says when the server is away
follow([], { onState: liveNotice(), onLive: () => refresh().catch(() => {}), onEvent: () => {} });
