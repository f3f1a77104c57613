// @ts-check
/** How many firing alerts nobody has looked at yet, beside the Alerts link of every page. */
import { ask, withQuery } from "../api.js";
import { mark, part, write } from "../element.js";
import { SEVERITY_WORDS, worstOf } from "./severity.js";

const SETTLES_AFTER_MS = 250; // a rule that fires for many subjects speaks many times at once
const MOST_SHOWN = 99;

/** Keep the count while the page is open. */
export function followUnread() {
  const badge = part(document, "unread");
  let timer = 0;
  const plan = () => {
    clearTimeout(timer);
    timer = setTimeout(() => count(badge).catch(() => {}), SETTLES_AFTER_MS); // the next change asks again
  };
  for (const news of ["stream:alert", "stream:deleted", "stream:live", "alertslooked"])
    document.addEventListener(news, plan);
}

/** @param {HTMLElement} badge */
async function count(badge) {
  const { counts } = await ask(withQuery("/api/alerts", { phase: "firing", limit: 1 }));
  showUnread(badge, counts);
}

/** @param {HTMLElement} badge @param {import("../types.js").AlertCounts} counts */
export function showUnread(badge, counts) {
  const { unread } = counts;
  const worst = worstOf(Object.keys(counts).filter((name) => name !== "unread" && counts[name]));
  badge.hidden = unread === 0;
  write(badge, unread > MOST_SHOWN ? `${MOST_SHOWN}+` : String(unread));
  mark(badge, "data-severity", worst);
  mark(badge, "title", `${unread} not looked at; worst that fires: ${SEVERITY_WORDS[worst ?? ""] ?? "none"}`);
  mark(badge, "aria-label", `, ${unread} not looked at`);
}
