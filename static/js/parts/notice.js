// @ts-check
/** What the page says about itself: a line that passes, the banner that stays, the word beside the dot. */
import { ask } from "../api.js";
import { element, icon, mark, part, write } from "../element.js";
import { formatClock } from "../format.js";

const SHOWN_MS = 4000;
const DROP_IS_NEWS_AFTER_MS = 700; // a stream that is only being replaced is no news

/**
 * Show a line that passes.
 * @param {string} text
 * @param {"ok" | "critical"} [level]
 * @param {{word: string, act: () => void}} [undo]  what can still be done about it while the line is there
 */
export function tell(text, level = "ok", undo) {
  const act = () => {
    toast.remove();
    undo?.act();
  };
  const toast = element(
    "div",
    { class: "toast", "data-level": level },
    icon(level === "ok" ? "finished" : "lost"),
    text,
    undo && element("button", { class: "toast-undo", type: "button", onclick: act }, undo.word),
  );
  part(document, "toasts").append(toast);
  setTimeout(() => toast.remove(), level === "ok" && !undo ? SHOWN_MS : 2 * SHOWN_MS);
}

const LEFT = "epochwatch.told";

/**
 * Go to another page of ours and show a line there: why one finds oneself on it.
 * @param {string} path
 * @param {string} text
 */
export function leaveTelling(path, text) {
  try {
    sessionStorage.setItem(LEFT, text);
  } catch {
    // Storage may be forbidden; then the page changes without a word.
  }
  location.assign(path);
}

/** Show the line that the page before this one left. */
export function tellWhatWasLeft() {
  try {
    const text = sessionStorage.getItem(LEFT);
    sessionStorage.removeItem(LEFT);
    if (text) tell(text);
  } catch {
    // Storage may be forbidden; then nothing was left either.
  }
}

/**
 * Show whether the page is live, beside the dot, in the banner and on the page itself (`data-stale`).
 * @returns {(state: {live: boolean, since: number}) => void}
 */
export function liveNotice() {
  let timer = 0;
  let wasLive = false;
  addEventListener("signedout", showSignedOut);
  return ({ live, since }) => {
    clearTimeout(timer);
    mark(part(document, "live"), "data-live", live ? "yes" : wasLive ? "no" : null);
    write(part(document, "live-word"), live ? "Live" : wasLive ? "Not live" : "Connecting");
    if (live) {
      wasLive = true;
      part(document, "banner").hidden = true;
      part(document, "banner").querySelector("a")?.remove();
      document.body.removeAttribute("data-stale");
      return;
    }
    timer = setTimeout(() => showNotLive(since), DROP_IS_NEWS_AFTER_MS);
  };
}

/** @param {number} since */
async function showNotLive(since) {
  const banner = part(document, "banner");
  document.body.dataset.stale = "";
  banner.hidden = false;
  write(
    part(document, "banner-text"),
    `Not live since ${formatClock(since, Date.now())}. Reconnecting; what is shown may be old.`,
  );
  await ask("/api/runs?project=-").catch(() => {}); // a small answer that needs a session: without one it says so
}

/** The session was ended elsewhere; the stream notices only later, but what is asked for no longer comes. */
function showSignedOut() {
  const banner = part(document, "banner");
  mark(part(document, "live"), "data-live", "no");
  write(part(document, "live-word"), "Not live");
  document.body.dataset.stale = "";
  banner.hidden = false;
  write(part(document, "banner-text"), "Signed out: the server does not know this browser any more.");
  // An empty address is this page as it is now: it shows the form, and the form leads back to it.
  if (!banner.querySelector("a")) banner.append(element("a", { class: "button", href: "" }, "Sign in"));
}
