// @ts-check
/** A note as the server rendered it from Markdown. Only elements that a text needs are taken over, one by one. */
import { ask } from "../api.js";

const PLAIN = new Set(
  "P BR HR EM STRONG S CODE PRE UL OL LI BLOCKQUOTE H1 H2 H3 H4 H5 H6 TABLE THEAD TBODY TR TH TD".split(" "),
);

/**
 * Make nodes of rendered Markdown. The server lets nothing else through; this is the second lock on the same door.
 * @param {string} html
 * @returns {Node[]}
 */
export function noteNodes(html) {
  const parsed = new DOMParser().parseFromString(html, "text/html"); // runs no script and loads nothing
  return [...parsed.body.childNodes].flatMap(taken);
}

/** @param {Node} node @returns {Node[]} */
function taken(node) {
  if (node instanceof Text) return [document.createTextNode(node.data)];
  if (!(node instanceof HTMLElement)) return [];
  const inner = [...node.childNodes].flatMap(taken);
  const plain = PLAIN.has(node.tagName) ? document.createElement(node.tagName) : null;
  const made = node instanceof HTMLAnchorElement ? link(node) : plain;
  if (!made) return inner;
  made.append(...inner);
  return [made];
}

/** @param {HTMLAnchorElement} from */
function link(from) {
  const url = from.getAttribute("href") ?? "";
  if (!/^https?:\/\//i.test(url)) return null;
  const made = document.createElement("a");
  made.href = url;
  made.rel = "noopener noreferrer";
  made.target = "_blank";
  return made;
}

/** A run's note where it stands on a page: the stream tells its text, the server its HTML. */
export class NoteBox {
  /** @param {HTMLElement} target @param {string} path  of the run in the API */
  constructor(target, path) {
    this.target = target;
    this.path = path;
    /** @type {string | null} */
    this.shown = null;
    this.known = "";
  }

  /** @param {string} note @param {string} given  its HTML; the stream tells only the note, the HTML is then that of before */
  async show(note, given) {
    if (note === this.shown) return;
    const html = given === this.known && this.shown !== null ? undefined : given;
    this.shown = note;
    this.known = given;
    this.target.hidden = !note;
    if (!note) return this.target.replaceChildren();
    try {
      const told = html === undefined ? await ask(`${this.path}/note`) : { note, html };
      if (this.shown === note && told.note === note) this.target.replaceChildren(...noteNodes(told.html));
    } catch {
      this.target.textContent = note; // better raw than not at all
    }
  }
}
