// @ts-check
/** A docstring's text as paragraphs, lists and code; everything in it stays text. */
import { element } from "../../element.js";

/**
 * Read a section of a rule's page: blank lines part paragraphs, `- ` begins an item, backticks hold code.
 * @param {string} text
 * @returns {HTMLElement[]}
 */
export function prose(text) {
  return text
    .split(/\n\s*\n/)
    .map((block) => block.trim())
    .filter(Boolean)
    .map((block) => (/^[-*] /.test(block) ? list(block) : element("p", {}, ...withCode(block))));
}

/** @param {string} block */
const list = (block) =>
  element(
    "ul",
    { class: "prose-list" },
    ...block
      .split(/\n(?=[-*] )/)
      .map((item) => element("li", {}, ...withCode(item.replace(/^[-*] /, "")))),
  );

/** @param {string} text @returns {(string | HTMLElement)[]} */
export function withCode(text) {
  return text
    .replace(/\s+/g, " ")
    .split(/`+([^`]+)`+/)
    .map((piece, place) => (place % 2 ? element("code", { class: "prose-code" }, piece) : piece));
}
