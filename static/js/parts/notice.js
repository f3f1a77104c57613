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
 */
export function tell(text, level = "ok") {
  const toast = element(
    "div",
    { class: "toast", "data-level": level },
    icon(level === "ok" ? "finished" : "lost"),
    text,
  );
  part(document, "toasts").append(toast);
  setTimeout(() => toast.remove(), level === "ok" ? SHOWN_MS : 2 * SHOWN_MS);
}

/**
 * Show whether the page is live, beside the dot, in the banner and on the page itself (`data-stale`).
 * @returns {(state: {live: boolean, since: number}) => void}
 */
export function liveNotice() {
  let timer = 0;
  let wasLive = false;
  return ({ live, since }) => {
    clearTimeout(timer);
    mark(part(document, "live"), "data-live", live ? "yes" : wasLive ? "no" : null);
    write(part(document, "live-word"), live ? "Live" : wasLive ? "Not live" : "Connecting");
    if (live) {
      wasLive = true;
      part(document, "banner").hidden = true;
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
  if ((await isSignedOut()) && !banner.hidden) {
    const link = element("a", { class: "button", href: "/login" }, "Sign in");
    write(part(document, "banner-text"), "Signed out: the server does not know this browser any more.");
    if (!banner.querySelector("a")) banner.append(link);
  }
}

async function isSignedOut() {
  try {
    await ask("/api/runs?project=-"); // a small answer that needs a session
    return false;
  } catch (problem) {
    return /** @type {{status?: number}} */ (problem).status === 401;
  }
}
