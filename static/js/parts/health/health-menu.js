// @ts-check
/** What can be set about a run's health: pause the checks, notifications, sound. */
import { openMenu } from "../menu.js";
import { tell } from "../notice.js";
import { allowNotifications, beep, isWanted, want } from "./signals.js";

/** @typedef {{isPaused: boolean, pause: (paused: boolean) => void, around: {run: () => import("../../types.js").RunRow}}} Pausable */

/** @param {HTMLElement} at @param {Pausable} health */
export function openHealthMenu(at, health) {
  openMenu(at, [
    pauseItem(health),
    "rule",
    { word: `Browser notifications: ${isWanted("notify") ? "on" : "off"}`, sign: "bell", act: toggleNotifications },
    { word: `Sound: ${isWanted("sound") ? "on" : "off"}`, sign: "sound", act: toggleSound },
    "rule",
    { word: "Rules of this project", sign: "settings", act: () => location.assign(rulesPage(health)) },
  ]);
}

/** The item that pauses or resumes the checks, for the run's menu too. @param {Pausable} health */
export const pauseItem = (health) => ({
  word: health.isPaused ? "Resume health checks" : "Pause health checks",
  sign: health.isPaused ? "resume" : "pause",
  act: () => health.pause(!health.isPaused),
});

/** @param {Pausable} health */
const rulesPage = (health) => `/rules?project=${encodeURIComponent(health.around.run().project)}`;

async function toggleNotifications() {
  if (isWanted("notify")) {
    want("notify", false);
    return tell("Browser notifications are off");
  }
  const isAllowed = await allowNotifications();
  want("notify", isAllowed);
  if (isAllowed) tell("Browser notifications are on, for warnings and worse");
  else tell("The browser does not allow notifications from this page", "critical");
}

function toggleSound() {
  const on = !isWanted("sound");
  want("sound", on);
  if (on) beep("warning");
  tell(on ? "Sound is on, for warnings and worse" : "Sound is off");
}
