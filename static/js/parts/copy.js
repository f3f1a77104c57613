// @ts-check
/** Text to the clipboard, also where the browser keeps its clipboard to secure pages (plain http from another host). */
import { write } from "../element.js";

const SAID_MS = 1600;

/**
 * Copy a text and say so on the button that asked.
 * @param {string} text
 * @param {HTMLElement} word  the button's word, which says "Copied" for a while
 */
export async function copyText(text, word) {
  const before = word.dataset.word ?? word.textContent ?? "";
  word.dataset.word = before;
  write(word, (await copied(text)) ? "Copied" : "Select and copy");
  setTimeout(() => write(word, before), SAID_MS);
}

/** @param {string} text */
async function copied(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return copiedByHand(text);
  }
}

/** @param {string} text */
function copiedByHand(text) {
  const field = document.createElement("textarea");
  field.value = text;
  field.className = "unseen";
  document.body.append(field);
  field.select();
  try {
    return document.execCommand("copy");
  } finally {
    field.remove();
  }
}
