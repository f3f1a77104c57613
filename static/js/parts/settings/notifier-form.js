// @ts-check
/** The dialog in which a notifier is made or changed. */
import { ask } from "../../api.js";
import { element } from "../../element.js";
import { askInDialog } from "../dialog.js";
import { KindFields } from "./kind-fields.js";
import { TermFields } from "./term-fields.js";

/** @typedef {import("./words.js").Kind} Kind */
/** @typedef {import("./words.js").Notifier} Notifier */

/**
 * Ask for a notifier.
 * @param {object} given
 * @param {Kind[]} given.kinds
 * @param {string[]} given.projects  those that runs belong to
 * @param {Notifier | null} given.notifier  the one to change; null for a new one
 * @param {string} [given.kind]  the kind that a new one begins with
 * @param {(saved: Notifier) => void} given.saved
 */
export function askForNotifier({ kinds, projects, notifier, kind = kinds[0].id, saved }) {
  const kept = notifier && [notifier.kind_title, notifier.where].filter(Boolean).join(" · ");
  const where = new KindFields(kinds, notifier?.kind ?? kind, kept);
  const terms = new TermFields(notifier, projects);
  const name = element("input", { class: "field", type: "text", name: "notifier-name", maxlength: 80, autocomplete: "off" });
  let proposed = where.title();
  name.value = notifier?.name ?? proposed;
  where.select.addEventListener("change", () => {
    if (!notifier && name.value === proposed) name.value = proposed = where.title();
  });
  askInDialog({
    title: notifier ? `Edit ${notifier.name}` : "Add notifier",
    fields: [where.element, element("label", { class: "label" }, "Name", name), ...terms.elements()],
    action: notifier ? "Save" : "Add",
    isReady: () => name.value.trim() !== "" && where.isReady(),
    act: async () => {
      const body = { name: name.value.trim(), ...where.given(), ...terms.given() };
      const path = notifier ? `/api/notifiers/${notifier.id}` : "/api/notifiers";
      saved(await ask(path, { method: notifier ? "PATCH" : "POST", body }));
    },
  });
}
