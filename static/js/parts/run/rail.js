// @ts-check
/** The rail at the right: tabs on a wide screen, a sheet from below on a narrow one. */
import { mark, part, write } from "../../element.js";

/**
 * @param {string} first  tab to show
 * @param {(tab: string) => void} onTab
 * @returns {{show: (tab: string) => void, news: (count: number) => void, alarm: (open: number, worst: string | null) => void, open: () => void, close: () => boolean}}
 */
export function bindRail(first, onTab) {
  const rail = part(document, "rail");
  const handle = part(document, "rail-handle");
  const tabs = /** @type {HTMLElement[]} */ ([...part(document, "rail-tabs").querySelectorAll("[data-tab]")]);
  let unseen = 0;
  let alerts = 0;

  /** @param {string} name */
  const show = (name) => {
    const wanted = tabs.some((tab) => tab.dataset.tab === name) ? name : "events";
    for (const tab of tabs) {
      mark(tab, "aria-selected", String(tab.dataset.tab === wanted));
      mark(tab, "tabindex", tab.dataset.tab === wanted ? "0" : "-1");
      /** @type {HTMLElement} */ (document.getElementById(`panel-${tab.dataset.tab}`)).hidden =
        tab.dataset.tab !== wanted;
    }
  };
  /** @param {boolean} open */
  const open = (open) => {
    mark(rail, "data-open", open ? "" : null);
    mark(handle, "aria-expanded", String(open));
    if (open) news(-unseen);
  };
  /** @param {number} count */
  const news = (count) => {
    unseen = rail.hasAttribute("data-open") && count > 0 ? 0 : unseen + count;
    const told = alerts ? `${alerts} ${alerts === 1 ? "alert" : "alerts"} · ` : "";
    write(part(document, "rail-news"), told + (unseen ? `Events · ${unseen} new` : "Events, config, metrics"));
  };
  /** @param {number} open @param {string | null} worst */
  const alarm = (open, worst) => {
    alerts = open;
    mark(handle, "data-worst", open ? worst : null);
    news(0);
  };
  tabs.forEach((tab, place) => {
    tab.addEventListener("click", () => {
      onTab(tab.dataset.tab ?? "");
      reach(tab);
    });
    tab.addEventListener("keydown", (event) => {
      const by = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
      if (!by) return;
      const next = tabs[(place + by + tabs.length) % tabs.length];
      onTab(next.dataset.tab ?? "");
      next.focus();
    });
  });
  handle.addEventListener("click", () => open(!rail.hasAttribute("data-open")));
  show(first);
  news(0);
  const close = () => {
    const was = rail.hasAttribute("data-open");
    open(false);
    return was;
  };
  return { show, news, alarm, open: () => open(true), close };
}

/** The tabs stand below the alerts: bring what one of them opened into sight. @param {HTMLElement} tab */
function reach(tab) {
  const inside = part(document, "rail-inside");
  const panel = /** @type {HTMLElement} */ (document.getElementById(`panel-${tab.dataset.tab}`));
  const top = panel.offsetTop - /** @type {HTMLElement} */ (tab.parentElement).offsetHeight;
  if (inside.scrollTop < top) inside.scrollTop = top;
}
