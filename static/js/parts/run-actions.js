// @ts-check
/** What a person may do to a run: rename, tag, note, delete, stop. */
import { ask } from "../api.js";
import { element } from "../element.js";
import { askInDialog } from "./dialog.js";
import { tell } from "./notice.js";

/** @typedef {import("../types.js").RunRow} RunRow */

const MAX_NAME = 256;
const MAX_NOTE = 10_000;

/** @param {RunRow} run */
const path = (run) => `/api/runs/${encodeURIComponent(run.id)}`;

/** @param {string} word @param {HTMLElement} field @param {string} [hint] */
const labelled = (word, field, hint) =>
  element("label", { class: "label" }, word, field, hint ? element("span", { class: "hint" }, hint) : null);

/** @param {RunRow} run @param {(changed: any) => void} onChange */
export function rename(run, onChange) {
  const name = element("input", {
    class: "field",
    maxlength: MAX_NAME,
    value: run.name,
    autocomplete: "off",
    spellcheck: "false",
  });
  askInDialog({
    title: "Rename run",
    fields: [labelled("Name", name)],
    action: "Rename",
    isReady: () => name.value.trim() !== "",
    act: async () => onChange(await ask(path(run), { method: "PATCH", body: { name: name.value.trim() } })),
  });
}

/** @param {string} text @returns {string[]} */
const readTags = (text) => [...new Set(text.split(/[,\s]+/).filter(Boolean))];

/** @param {RunRow} run @param {(changed: any) => void} onChange */
export function retag(run, onChange) {
  const tags = element("input", {
    class: "field",
    value: run.tags.join(", "),
    autocomplete: "off",
    spellcheck: "false",
  });
  askInDialog({
    title: "Tags",
    text: run.name,
    fields: [labelled("Tags", tags, "Separated by commas or spaces")],
    action: "Save",
    act: async () => onChange(await ask(path(run), { method: "PATCH", body: { tags: readTags(tags.value) } })),
  });
}

/** Add tags to several runs. @param {RunRow[]} runs @param {(changed: any) => void} onChange */
export function addTags(runs, onChange) {
  const tags = element("input", { class: "field", autocomplete: "off", spellcheck: "false" });
  askInDialog({
    title: `Tag ${runs.length} ${runs.length === 1 ? "run" : "runs"}`,
    fields: [labelled("Tags to add", tags, "Separated by commas or spaces")],
    action: "Add",
    isReady: () => readTags(tags.value).length > 0,
    act: async () => {
      for (const run of runs)
        onChange(
          await ask(path(run), {
            method: "PATCH",
            body: { tags: [...new Set([...run.tags, ...readTags(tags.value)])] },
          }),
        );
    },
  });
}

/** @param {RunRow} run @param {(changed: any) => void} onChange */
export function annotate(run, onChange) {
  const note = element("textarea", { class: "field", maxlength: MAX_NOTE });
  note.value = run.note;
  askInDialog({
    title: "Note",
    text: run.name,
    fields: [labelled("What should be remembered about this run", note, "Markdown")],
    action: "Save",
    act: async () => onChange(await ask(path(run), { method: "PATCH", body: { note: note.value } })),
  });
}

/**
 * Delete runs for good; the name is typed first, so that no slip of the hand can do it.
 * @param {RunRow[]} runs
 * @param {(id: string) => void} onDeleted
 */
export function remove(runs, onDeleted) {
  const expected = runs.length === 1 ? runs[0].name.trim() : "delete";
  const typed = element("input", { class: "field", autocomplete: "off", spellcheck: "false" });
  const what = runs.length === 1 ? "this run" : `${runs.length} runs`;
  askInDialog({
    title: `Delete ${what}?`,
    text: "Points, samples and events are gone for good. A run that is still sending has to be stopped first.",
    fields: [labelled(`Type “${expected}” to confirm`, typed)],
    action: "Delete",
    look: "danger",
    isReady: () => typed.value.trim() === expected,
    act: async () => {
      for (const run of runs) {
        await ask(path(run), { method: "DELETE" });
        onDeleted(run.id);
      }
      tell(runs.length === 1 ? `Deleted ${runs[0].name}` : `Deleted ${runs.length} runs`);
    },
  });
}

/** Ask a run to stop at its next look. @param {RunRow} run @param {(stop: any) => void} onAsked */
export function stop(run, onAsked) {
  const reason = element("input", {
    class: "field",
    maxlength: 500,
    autocomplete: "off",
    placeholder: "validation loss has been rising since epoch 10",
  });
  askInDialog({
    title: "Stop this run?",
    text: "The training is asked to stop; it ends by itself where its loop looks at run.should_stop.",
    fields: [labelled("Reason, kept with the run", reason)],
    action: "Stop the run",
    look: "danger",
    act: async () => onAsked(await ask(`${path(run)}/stop`, { method: "POST", body: { reason: reason.value.trim() } })),
  });
}
