// @ts-check
/** What a person may do about alerts: take them on, open them again, keep a rule quiet. */
import { ask } from "../../api.js";
import { openMenu } from "../menu.js";
import { tell } from "../notice.js";

/** @typedef {import("../../types.js").AlertJson} AlertJson */
/** @typedef {import("./known-alerts.js").KnownAlerts} KnownAlerts */

const AT_ONCE = 1000; // what the server takes in one request

/** Bind the actions to the alerts of a page. @param {KnownAlerts} known */
export function alertActions(known) {
  /** @param {number[]} ids @param {boolean} undo */
  const acknowledge = async (ids, undo) => {
    for (let from = 0; from < ids.length; from += AT_ONCE) {
      const body = { ids: ids.slice(from, from + AT_ONCE), undo };
      known.take((await ask("/api/alerts/acknowledge", { method: "POST", body })).alerts);
    }
    document.dispatchEvent(new Event("alertslooked"));
  };
  /** @param {AlertJson} alert @param {"run" | "project"} scope */
  const mute = async (alert, scope) => {
    await ask(`/api/alerts/${alert.id}/mute`, { method: "POST", body: { scope } });
    tell(`${alert.title} is muted in ${scope === "run" ? alert.run_name : alert.project}`);
    await known.load(false); // a mute covers more than the one alert it was asked for
  };
  /** @param {AlertJson} alert */
  const unmute = async (alert) => {
    await ask(`/api/mutes/${alert.mute_id}`, { method: "DELETE" });
    await known.load(false);
  };
  return {
    /** @param {AlertJson[]} alerts */
    acknowledge: (alerts) => {
      const ids = alerts.map((alert) => alert.id);
      const what = ids.length === 1 ? alerts[0].title : `${ids.length} alerts`;
      const undo = { word: "Undo", act: () => run(acknowledge(ids, true)) };
      return run(acknowledge(ids, false).then(() => tell(`Acknowledged ${what}`, "ok", undo)));
    },
    /** @param {AlertJson} alert */
    reopen: (alert) => run(acknowledge([alert.id], true)),
    /** @param {AlertJson} alert @param {HTMLElement} at */
    mute: (alert, at) => {
      if (alert.mute_id !== null) return run(unmute(alert));
      openMenu(at, [
        { word: "In this run", sign: "muted", act: () => run(mute(alert, "run")) },
        { word: `In project ${alert.project}`, sign: "muted", act: () => run(mute(alert, "project")) },
      ]);
    },
  };
}

/** Say so when it did not work. @param {Promise<unknown>} doing */
const run = (doing) =>
  doing.catch((problem) => tell(problem instanceof Error ? problem.message : String(problem), "critical"));
