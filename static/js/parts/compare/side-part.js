// @ts-check
/** What the comparison's table is put together from: parts under the runs' names, rows, and words for what is absent. */
import { element, icon } from "../../element.js";

/** @typedef {import("./comparison.js").Comparison} Comparison */

/**
 * One part: its heading over the runs' names, then its rows.
 * @param {string | Node} title
 * @param {Comparison} told
 * @param {HTMLElement[]} rows
 * @param {Node[]} [tools]
 */
export function part(title, told, rows, tools = []) {
  const heads = told.runs.map((run) =>
    element(
      "th",
      { class: "side-run", scope: "col", "data-hue": run.hue },
      element("a", { class: "side-link", href: run.url }, element("span", { class: "hue-dot" }), run.name || run.id),
    ),
  );
  const heading = element("div", { class: "side-heading" }, element("h2", { class: "section-title" }, title), ...tools);
  const name = element("th", { class: "side-title", scope: "col" }, heading);
  return element("tbody", { class: "side-part" }, element("tr", { class: "side-heads" }, name, ...heads), ...rows);
}

/**
 * @param {Node | string} name
 * @param {(Node | string)[][]} cells
 * @param {Record<string, string | boolean | null>} [marks]
 */
export function row(name, cells, marks = {}) {
  return element(
    "tr",
    { class: "side-row", ...marks },
    element("th", { class: "side-name", scope: "row" }, name),
    ...cells.map((cell) => element("td", { class: "side-cell" }, ...cell)),
  );
}

/** Let a long name break where a reader would: behind a slash, a dot, an underscore. @param {string} name @returns {(Node | string)[]} */
export const breakable = (name) =>
  name.split(/(?<=[/_.])/).flatMap((piece, place) => (place ? [element("wbr"), piece] : [piece]));

/** A row that says something over all columns. @param {number} columns @param {...(Node | string)} words */
export const wideRow = (columns, ...words) =>
  element("tr", { class: "side-row" }, element("td", { class: "side-wide", colspan: columns + 1 }, ...words));

/** A number's place where there is none: it says why. @param {string} word @param {string} [footnote]  what the mark beside it means */
export const absent = (word, footnote) =>
  element("span", { class: "side-absent" }, word, footnote ? element("sup", { "data-footnote": footnote }) : null);

/** A button of a part's heading. @param {string} word @param {boolean} isOn @param {() => void} act */
export const switchButton = (word, isOn, act) =>
  element("button", { class: "segment side-switch", type: "button", "aria-pressed": String(isOn), onclick: act }, word);

/** @param {string} name @param {string} title */
export function sign(name, title) {
  const drawn = icon(name);
  drawn.append(document.createElementNS("http://www.w3.org/2000/svg", "title"));
  /** @type {Element} */ (drawn.lastElementChild).textContent = title;
  return drawn;
}
