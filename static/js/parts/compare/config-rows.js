// @ts-check
/** Settings side by side: what differs, and on demand everything. */
import { element } from "../../element.js";
import { absent, breakable, part, row, switchButton, wideRow } from "./side-part.js";

/** @typedef {import("./comparison.js").Comparison} Comparison */

const MOST_ROWS = 400;
const WHY_MARKED = "It looks like a number but is text: a framework may read it wrongly";
const LEAST_SEARCHED = 16; // settings; fewer are read quicker than searched

/** @param {Comparison} told @param {import("./side-table.js").TableView} view */
export function configPart(told, view) {
  const differing = told.config.filter((one) => one.differs);
  const wanted = view.find.toLowerCase();
  const holds = (/** @type {string} */ text) => text.toLowerCase().includes(wanted);
  const listed = (view.all || wanted ? told.config : differing).filter(
    (one) => holds(one.key) || one.cells.some((cell) => holds(cell.text)),
  );
  const rows = listed.slice(0, MOST_ROWS).map(configRow);
  if (listed.length > MOST_ROWS)
    rows.push(wideRow(told.runs.length, `${listed.length - MOST_ROWS} more: search for the one you mean.`));
  if (!rows.length) rows.push(wideRow(told.runs.length, nothing(told, wanted)));
  const search = element("input", {
    class: "field side-find",
    type: "search",
    name: "find",
    value: view.find,
    placeholder: `Find in ${told.config.length} settings`,
    "aria-label": "Find a setting",
    autocomplete: "off",
    spellcheck: "false",
  });
  search.addEventListener("input", () => view.search(search.value));
  const tools = [
    switchButton(`${differing.length} differ`, !view.all, () => view.set({ rows: "" })),
    switchButton(`All ${told.config.length}`, view.all, () => view.set({ rows: "all" })),
    ...(told.config.length > LEAST_SEARCHED ? [search] : []),
  ];
  return [part("Settings", told, rows, told.config.length ? tools : [])];
}

/** @param {Comparison} told @param {string} wanted */
function nothing(told, wanted) {
  if (!told.config.length) return "None of these runs has a config: init(config={…}) keeps one.";
  return wanted ? "No setting matches." : "Every setting is the same in all of these runs.";
}

/** @param {Comparison["config"][number]} one */
function configRow(one) {
  const name = element("span", { class: "metric side-key", title: one.key }, ...breakable(one.key));
  return row(name, one.cells.map(configCell), { "data-key": one.key, "data-same": !one.differs });
}

/** @param {Comparison["config"][number]["cells"][number]} cell */
function configCell(cell) {
  if (cell.absent) return [absent("not set")];
  return [
    element("span", { class: "metric side-text" }, cell.text),
    cell.text_number ? element("span", { class: "side-mark", title: WHY_MARKED }, "text, not a number") : "",
  ];
}
