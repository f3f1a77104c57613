// @ts-check
/** What every page has: the theme's switch, the help, the clock of ages, the count of unread alerts. */

import { startClock, tick } from "../clock.js";
import { part } from "../element.js";
import { bindKeys } from "../keys.js";
import { bindViews } from "./saved-views.js";
import { followUnread } from "./unread.js";

/** Start the frame. @returns {() => void} ends it */
export function startFrame() {
  const help = /** @type {HTMLDialogElement} */ (part(document, "help"));
  const openHelp = () => (help.open ? help.close() : help.showModal());
  part(document, "help-open").addEventListener("click", openHelp);
  part(document, "help-close").addEventListener("click", () => help.close());
  part(document, "theme").addEventListener("click", switchTheme);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", announceTheme);
  document.addEventListener("visibilitychange", () => document.hidden || tick());
  followUnread();
  bindViews();
  const stopClock = startClock();
  const unbind = bindKeys({ "?": openHelp, T: switchTheme });
  return () => {
    stopClock();
    unbind();
  };
}

/** Go to the other theme; the choice that equals the system's is no choice and follows it again. */
function switchTheme() {
  const root = document.documentElement;
  const system = matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
  const other = (root.dataset.theme ?? system) === "dark" ? "light" : "dark";
  if (other === system) delete root.dataset.theme;
  else root.dataset.theme = other;
  try {
    if (other === system) localStorage.removeItem("epochwatch.theme");
    else localStorage.setItem("epochwatch.theme", other);
  } catch {
    // Storage may be forbidden; the choice then lasts as long as the page.
  }
  announceTheme();
}

/** Whatever drew colours on a canvas or into a figure draws again. */
function announceTheme() {
  document.dispatchEvent(new CustomEvent("themechange"));
}
