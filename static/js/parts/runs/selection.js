// @ts-check
/** The runs picked for something to be done to all of them. */
import { part, write } from "../../element.js";

export class Selection {
  /**
   * @param {ParentNode} root
   * @param {import("./table.js").Table} table
   * @param {{tag: (ids: Set<string>) => void, remove: (ids: Set<string>) => void}} actions
   */
  constructor(root, table, actions) {
    this.table = table;
    this.ids = table.selected;
    this.bar = part(root, "selection");
    this.count = part(root, "selection-count");
    part(root, "selection-tag").addEventListener("click", () => actions.tag(this.ids));
    part(root, "selection-delete").addEventListener("click", () => actions.remove(this.ids));
    part(root, "selection-clear").addEventListener("click", () => this.clear());
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
    this.table.plan();
  }
}
