// @ts-check
/** The runs picked for something to be done to all of them. */
import { part, write } from "../../element.js";

const MOST_COMPARED = 8;

export class Selection {
  /**
   * @param {ParentNode} root
   * @param {import("./table.js").Table} table
   * @param {{compare: (ids: Set<string>) => void, tag: (ids: Set<string>) => void, remove: (ids: Set<string>) => void}} actions
   */
  constructor(root, table, actions) {
    this.table = table;
    this.ids = table.selected;
    this.bar = part(root, "selection");
    this.count = part(root, "selection-count");
    this.act = actions.compare;
    this.button = /** @type {HTMLButtonElement} */ (part(root, "selection-compare"));
    this.button.addEventListener("click", () => this.compare());
    part(root, "selection-tag").addEventListener("click", () => actions.tag(this.ids));
    part(root, "selection-delete").addEventListener("click", () => actions.remove(this.ids));
    part(root, "selection-clear").addEventListener("click", () => this.clear());
  }

  /** Put the picked runs side by side, when they are as many as that takes. */
  compare() {
    if (!this.button.disabled) this.act(this.ids);
  }

  /** @param {string} id */
  toggle(id) {
    if (!this.ids.delete(id)) this.ids.add(id);
    this.show();
  }

  /** @param {string} id */
  drop(id) {
    if (this.ids.delete(id)) this.show();
  }

  clear() {
    this.ids.clear();
    this.show();
  }

  show() {
    this.bar.hidden = this.ids.size === 0;
    write(this.count, `${this.ids.size} selected`);
    this.button.disabled = this.ids.size < 2 || this.ids.size > MOST_COMPARED;
    this.button.title = this.ids.size > MOST_COMPARED ? `At most ${MOST_COMPARED} runs fit side by side` : "Compare them (c)";
    this.table.plan();
  }
}
