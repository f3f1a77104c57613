// @ts-check
/** The table's head: every column's word, and the order it can be sorted in. */
import { element, icon, mark } from "../../element.js";
import { firstDirection, SORTS } from "./order.js";

/** Columns in the row's order: class, word, key of the sort. @type {[string, string, string][]} */
const COLUMNS = [
  ["pick", "Select", ""],
  ["state", "State", "state"],
  ["health", "Health", "health"],
  ["name", "Run", "name"],
  ["project", "Project", "project"],
  ["epoch", "Epoch", "epoch"],
  ["best", "Best @ epoch", "best"],
  ["value", "Now", "value"],
  ["patience", "Patience", "patience"],
  ["trend", "Trend", ""],
  ["lr", "LR", "lr"],
  ["updated", "Updated", "updated"],
  ["more", "More", ""],
];

const UNSEEN = new Set(["pick", "more"]); // columns whose word is for ears only

/**
 * Build the head and the list that narrow screens sort by.
 * @param {HTMLElement} head
 * @param {HTMLSelectElement} list
 * @param {(sort: string) => void} onSort
 * @returns {(sort: string) => void}  shows which order holds
 */
export function buildHead(head, list, onSort) {
  let current = "";
  for (const [name, word, key] of COLUMNS) {
    const sort = () => onSort(current === firstDirection(key) ? opposite(current) : firstDirection(key));
    const inside = key
      ? element("button", { class: "runs-sort", type: "button", "data-sort": key, onclick: sort }, word)
      : element("span", { class: UNSEEN.has(name) ? "unseen" : null }, word);
    head.append(element("div", { class: `runs-cell runs-${name}`, role: "columnheader" }, inside));
  }
  for (const [key, { word }] of Object.entries(SORTS))
    list.append(element("option", { value: firstDirection(key) }, word));
  list.addEventListener("change", () => onSort(list.value));
  return (sort) => {
    current = sort;
    const key = sort.replace(/^-/, "");
    list.value = firstDirection(key);
    for (const button of head.querySelectorAll("button")) {
      const holds = button.dataset.sort === key;
      mark(
        /** @type {Element} */ (button.parentElement),
        "aria-sort",
        holds ? (sort.startsWith("-") ? "descending" : "ascending") : null,
      );
      button.querySelector("svg")?.remove();
      if (holds) button.append(icon(sort.startsWith("-") ? "down" : "up"));
    }
  };
}

/** @param {string} sort */
const opposite = (sort) => (sort.startsWith("-") ? sort.slice(1) : `-${sort}`);
