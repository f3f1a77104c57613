// @ts-check
/** The Rules page: every rule's own page, and how a project has set it. */
import { element, icon, mark, part } from "../element.js";
import { bindKeys } from "../keys.js";
import { follow } from "../live/stream.js";
import { startFrame } from "../parts/frame.js";
import { liveNotice, tell } from "../parts/notice.js";
import { Catalogue } from "../parts/rules/catalogue.js";
import { KnownRules } from "../parts/rules/known-rules.js";
import { overview } from "../parts/rules/overview.js";
import { newRulePane, rulePane } from "../parts/rules/rule-pane.js";
import { showTitle } from "../parts/state.js";
import { holdView } from "../view.js";

const { projects, project: newest, kinds, runs } = JSON.parse(document.getElementById("rules-json")?.textContent ?? "");
const runNames = new Map(/** @type {[string, string][]} */ (Object.entries(runs)));
const view = holdView({ project: newest, q: "" }, review);
const known = new KnownRules(show);
const catalogue = new Catalogue(part(document, "catalogue"), kinds);
const pane = part(document, "pane");
const search = /** @type {HTMLInputElement} */ (part(document, "search"));
const project = /** @type {HTMLSelectElement} */ (part(document, "project"));
let shown = "";

/** What the address points at: a rule, "new", or nothing. */
const chosen = () => decodeURIComponent(location.hash.slice(1));

function show() {
  const id = chosen();
  const { q } = view.get();
  if (search.value !== q) search.value = q;
  const rules = [...known.rules.values()];
  catalogue.show(rules, { search: q, chosen: id, unsaved: new Set(known.changes.keys()) });
  mark(part(document, "rules"), "data-open", id ? "" : null);
  mark(part(document, "rules"), "data-searching", q ? "" : null);
  const rule = known.rules.get(id);
  // Made anew only when what is saved changed: whoever types into a field keeps it.
  const key = JSON.stringify([known.phase, known.project, id, rule ?? (id ? null : [rules, known.mutes])]);
  if (key === shown) return;
  const isOther = !shown || JSON.parse(shown)[2] !== id;
  shown = key;
  pane.replaceChildren(...inside(id, rule));
  mark(pane, "aria-busy", String(known.phase === "loading"));
  showTitle(`${rule?.title ?? "Rules"} · Epochwatch`, null);
  if (isOther) scrollTo(0, 0);
}

/** @param {string} id @param {import("../types.js").RuleJson | undefined} rule @returns {Node[]} */
function inside(id, rule) {
  const ways = { saved: show, go: (/** @type {string} */ to) => location.assign(`#${encodeURIComponent(to)}`) };
  if (known.phase === "failed") return failed();
  if (known.phase === "loading") return [element("p", { class: "quiet" }, "Reading the rules …")];
  if (rule) return rulePane(rule, known, ways);
  if (id === "new" && known.project) return newRulePane(known, ways);
  return overview(known, runNames);
}

function failed() {
  const again = () => load();
  return [
    element(
      "div",
      { class: "empty" },
      element("p", { class: "empty-title" }, icon("lost"), " The rules could not be loaded"),
      element("button", { class: "button", type: "button", onclick: again }, "Try again"),
    ),
  ];
}

/** @param {{project: string}} now @param {string[]} changed */
function review(now, changed) {
  if (!changed.includes("project")) return show();
  offer(now.project);
  load();
}

const load = () => known.load(view.get().project).catch((problem) => tell(problem.message, "critical"));

/** @param {string} current */
function offer(current) {
  const names = [...new Set([...projects, ...(current ? [current] : [])])].sort();
  project.replaceChildren(...names.map((name) => element("option", { value: name }, name)));
  project.value = current;
  part(document, "project-row").hidden = names.length === 0;
}

project.addEventListener("change", () => view.set({ project: project.value }));
search.addEventListener("input", () => view.set({ q: search.value }));
search.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  if (search.value) view.set({ q: "" });
  else search.blur();
});
addEventListener("hashchange", show);
bindKeys({
  j: () => catalogue.move(1),
  k: () => catalogue.move(-1),
  "/": () => search.focus(),
  u: () => location.assign("/"),
});

startFrame();
offer(view.get().project);
load();
follow([], { onState: liveNotice(), onLive() {}, onEvent() {} });
