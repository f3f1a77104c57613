// @ts-check
/** Names for a page as it is set up: saved, opened, deleted. */
import { ask } from "../api.js";
import { element, icon, part } from "../element.js";
import { askInDialog } from "./dialog.js";
import { openMenu } from "./menu.js";
import { tell } from "./notice.js";

/** @typedef {{id: number, name: string, url: string, created_ms: number}} SavedView */

const MOST_LISTED = 14; // in the menu; the rest is found in the list of all
const MAX_NAME = 80;

/** Bind the button of the top bar, on the pages whose view lives in the address. */
export function bindViews() {
  const button = /** @type {HTMLElement | null} */ (document.querySelector('[data-part="views"]'));
  button?.addEventListener("click", () => open(button).catch(report));
}

/** @param {HTMLElement} at */
async function open(at) {
  /** @type {{views: SavedView[]}} */
  const { views } = await ask("/api/views");
  const here = location.pathname + location.search;
  const sorted = [...views].sort((a, b) => Number(!isOfPage(a)) - Number(!isOfPage(b)));
  /** @type {import("./menu.js").MenuItem[]} */
  const items = sorted.slice(0, MOST_LISTED).map((view) => ({
    word: view.name,
    sign: view.url === here ? "finished" : "bookmark",
    act: () => location.assign(view.url),
  }));
  if (items.length) items.push("rule");
  items.push({ word: "Save this view", sign: "add", act: () => save(views, here) });
  const all = { word: `All saved views (${views.length})`, sign: "settings", act: () => listAll(views) };
  if (views.length) items.push(all);
  openMenu(at, items);
}

/** Views of the page that is open stand first. @param {SavedView} view */
const isOfPage = (view) => view.url.split("?")[0] === location.pathname;

/** @param {SavedView[]} views @param {string} url */
function save(views, url) {
  const name = element("input", {
    class: "field",
    maxlength: MAX_NAME,
    value: views.find((view) => view.url === url)?.name ?? "",
    autocomplete: "off",
    spellcheck: "false",
  });
  const hint = element("span", { class: "hint" }, "A name that is taken will show this view from now on");
  askInDialog({
    title: "Save this view",
    text: "What is shown, sorted, filtered and hidden now, for everybody who uses this server.",
    fields: [element("label", { class: "label" }, "Name", name, hint)],
    action: "Save",
    look: "primary",
    isReady: () => name.value.trim() !== "",
    act: async () => {
      await ask("/api/views", { method: "PUT", body: { name: name.value.trim(), url } });
      tell(`Saved as “${name.value.trim()}”`);
    },
  });
}

/** @param {SavedView[]} views */
function listAll(views) {
  const list = element("ul", { class: "views-list" }, ...views.map(line));
  const title = element("h2", { class: "dialog-title", id: "views-title" }, "Saved views");
  const close = element("button", { class: "icon-button", type: "button", "aria-label": "Close" }, icon("close"));
  const dialog = element(
    "dialog",
    { class: "dialog", closedby: "any", "aria-labelledby": "views-title" },
    element("div", { class: "dialog-head" }, title, close),
    list,
  );
  close.addEventListener("click", () => dialog.close());
  dialog.addEventListener("close", () => {
    dialog.remove();
    part(document, "views").focus();
  });
  document.body.append(dialog);
  dialog.showModal();
}

/** @param {SavedView} view */
function line(view) {
  const drop = async () => {
    await ask(`/api/views/${view.id}`, { method: "DELETE" });
    const put = () => ask("/api/views", { method: "PUT", body: { name: view.name, url: view.url } }).catch(report);
    made.remove();
    tell(`Deleted “${view.name}”`, "ok", { word: "Undo", act: put });
  };
  const url = element("span", { class: "views-url metric" }, view.url);
  const act = () => drop().catch(report);
  const made = element(
    "li",
    { class: "views-line" },
    element("a", { class: "views-link", href: view.url }, view.name, url),
    element(
      "button",
      { class: "icon-button", type: "button", "aria-label": `Delete ${view.name}`, onclick: act },
      icon("delete"),
    ),
  );
  return made;
}

/** @param {unknown} problem */
const report = (problem) => tell(problem instanceof Error ? problem.message : String(problem), "critical");
