// @ts-check
/** The rail at the right: tabs on a wide screen, a sheet from below on a narrow one. */
import { mark, part, write } from "../../element.js";

/**
 * @param {string} first  tab to show
 * @param {(tab: string) => void} onTab
 * @returns {{show: (tab: string) => void, news: (count: number) => void, close: () => boolean}}
 */
export function bindRail(first, onTab) {
  const rail = part(document, "rail");
  const handle = part(document, "rail-handle");
  const tabs = /** @type {HTMLElement[]} */ ([...part(document, "rail-tabs").querySelectorAll("[data-tab]")]);
  let unseen = 0;

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
    write(part(document, "rail-news"), unseen ? `Events · ${unseen} new` : "Events, config, environment");
  };
  tabs.forEach((tab, place) => {
    tab.addEventListener("click", () => onTab(tab.dataset.tab ?? ""));
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
  return { show, news, close };
}
