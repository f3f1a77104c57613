// @ts-check
/** What somebody wrote about these runs together, in Markdown; it follows who else writes it. */
import { ask, withQuery } from "../../api.js";
import { element, part, write } from "../../element.js";
import { askInDialog } from "../dialog.js";
import { noteNodes } from "../note.js";

const MAX_CHARS = 64 * 1024;
const HINT = "Markdown; kept for these runs, whatever their order";
const CHANGED = "Somebody else changed this note meanwhile: saving puts yours in its place";

export class NoteCard {
  /** @param {() => string} runs  ids joined by commas */
  constructor(runs) {
    this.runs = runs;
    this.note = "";
    this.turn = 0;
    this.hint = element("span", { class: "hint" });
    part(document, "note-edit").addEventListener("click", () => this.edit());
  }

  /** @param {{note: string, html: string}} told */
  show({ note, html }) {
    if (note !== this.note) write(this.hint, CHANGED);
    this.note = note;
    part(document, "note-card").hidden = !note;
    part(document, "note").replaceChildren(...noteNodes(html));
  }

  /** Ask for it; only the newest answer counts. */
  async load() {
    const turn = ++this.turn;
    const told = await ask(withQuery("/api/compare/note", { runs: this.runs() }));
    if (turn === this.turn) this.show(told);
  }

  /** Somebody wrote about these runs, or about others. @param {string[]} ids */
  async changed(ids) {
    const mine = this.runs().split(",").sort();
    if (mine.join() === [...ids].sort().join()) await this.load();
  }

  edit() {
    const text = element("textarea", { class: "field", maxlength: MAX_CHARS, rows: 8 });
    text.value = this.note;
    write(this.hint, HINT);
    askInDialog({
      title: "Note on this comparison",
      fields: [element("label", { class: "label" }, "What it showed", text, this.hint)],
      action: "Save",
      look: "primary",
      act: async () => {
        const path = withQuery("/api/compare/note", { runs: this.runs() });
        const written = await ask(path, { method: "PUT", body: { note: text.value } });
        this.turn += 1;
        this.show(written);
      },
    });
  }
}
