// @ts-check
/** The config as given: every value typed, and text that should perhaps be a number pointed at. */
import { element, icon } from "../../element.js";
import { formatCount } from "../../format.js";
import { copyText } from "../copy.js";
import { flatten } from "./flatten.js";

/** @typedef {import("./flatten.js").ConfigRow} ConfigRow */

const SHOWN_AT_FIRST = 300;
const LONGEST_AT_FIRST = 400; // characters of one value

/**
 * @param {HTMLElement} root
 * @param {Record<string, any>} config
 */
export function showConfig(root, config) {
  const rows = Object.keys(config).length ? flatten(config) : [];
  if (!rows.length)
    return root.replaceChildren(
      element("p", { class: "feed-nothing quiet" }, "No config: init(config={…}) keeps one."),
    );
  const table = element("dl", { class: "facts" });
  const more = element("button", {
    class: "button",
    type: "button",
    onclick: () => fill(table, more, rows, search.value, Infinity),
  });
  const search = element("input", {
    class: "field",
    type: "search",
    placeholder: `Find in ${rows.length} settings`,
    "aria-label": "Find a setting",
    autocomplete: "off",
    spellcheck: "false",
  });
  search.addEventListener("input", () => fill(table, more, rows, search.value, SHOWN_AT_FIRST));
  const word = element("span", {}, "Copy");
  const copy = element(
    "button",
    { class: "button", type: "button", onclick: () => copyText(JSON.stringify(config, null, 2), word) },
    icon("copy"),
    word,
  );
  root.replaceChildren(
    element(
      "div",
      { class: "facts-head" },
      rows.length > 12 ? search : element("span", { class: "quiet" }, `${rows.length} settings`),
      copy,
    ),
    suspects(rows),
    table,
    more,
  );
  fill(table, more, rows, "", SHOWN_AT_FIRST);
}

/** @param {ConfigRow[]} rows */
function suspects(rows) {
  const count = rows.filter((row) => row.looksLike).length;
  if (!count) return "";
  return element(
    "p",
    { class: "facts-warning" },
    icon("lost"),
    count === 1
      ? "1 setting is text that looks like a number or a truth value."
      : `${count} settings are text that look like numbers or truth values.`,
  );
}

/** @param {HTMLElement} table @param {HTMLElement} more @param {ConfigRow[]} rows @param {string} search @param {number} limit */
function fill(table, more, rows, search, limit) {
  const wanted = search.toLowerCase();
  const found = rows.filter((row) => row.key.toLowerCase().includes(wanted) || row.text.toLowerCase().includes(wanted));
  table.replaceChildren(
    ...found
      .slice(0, limit)
      .flatMap((row) => [
        element("dt", { class: "fact-key metric" }, row.key),
        element(
          "dd",
          { class: "fact-value metric", "data-type": row.type },
          ...told(row.text),
          row.looksLike ? element("span", { class: "fact-mark" }, `text, not ${row.looksLike}`) : null,
        ),
      ]),
  );
  more.hidden = found.length <= limit;
  more.textContent = `Show all ${found.length}`;
}

/** A value, the end of a very long one only on demand. @param {string} text @returns {(Node | string)[]} */
function told(text) {
  if (text.length <= LONGEST_AT_FIRST) return [text];
  const start = document.createTextNode(`${text.slice(0, LONGEST_AT_FIRST)}… `);
  const rest = element("button", { class: "button", type: "button" }, `All ${formatCount(text.length)} characters`);
  rest.addEventListener("click", () => {
    start.data = text;
    rest.remove();
  });
  return [start, rest];
}
