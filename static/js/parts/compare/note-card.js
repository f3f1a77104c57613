// @ts-check
/** What somebody wrote about these runs together, in Markdown. */
import { ask, withQuery } from "../../api.js";
import { element, part } from "../../element.js";
import { askInDialog } from "../dialog.js";
import { noteNodes } from "../note.js";

const MAX_CHARS = 64 * 1024;

export class NoteCard {
  /** @param {() => string} runs  ids joined by commas */
  constructor(runs) {
    this.runs = runs;
    this.note = "";
    part(document, "note-edit").addEventListener("click", () => this.edit());
  }

  /** @param {{note: string, html: string}} told */
  show({ note, html }) {
    this.note = note;
    part(document, "note-card").hidden = !note;
    part(document, "note").replaceChildren(...noteNodes(html));
  }

  async load() {
    this.show(await ask(withQuery("/api/compare/note", { runs: this.runs() })));
  }

  edit() {
    const text = element("textarea", { class: "field", maxlength: MAX_CHARS, rows: 8 });
    text.value = this.note;
    const hint = element("span", { class: "hint" }, "Markdown; kept for these runs, whatever their order");
    askInDialog({
      title: "Note on this comparison",
      fields: [element("label", { class: "label" }, "What it showed", text, hint)],
      action: "Save",
      look: "primary",
      act: async () => {
        const path = withQuery("/api/compare/note", { runs: this.runs() });
        this.show(await ask(path, { method: "PUT", body: { note: text.value } }));
      },
    });
  }
}
