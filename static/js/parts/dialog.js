// @ts-check
/** Questions that need an answer: a native dialog with a form, made when asked and gone when answered. */
import { element } from "../element.js";

/**
 * @typedef {object} Question
 * @property {string} title
 * @property {string} [text]
 * @property {HTMLElement[]} [fields]
 * @property {string} action  word on the button that does it
 * @property {"primary" | "danger"} [look]
 * @property {() => boolean} [isReady]  whether it may be done; asked again at every input
 * @property {() => Promise<unknown>} act  what it does; the dialog stays open with the reason when it fails
 */

/**
 * Ask; the focus goes back to where it was.
 * @param {Question} question
 */
export function askInDialog({ title, text, fields = [], action, look = "primary", isReady = () => true, act }) {
  const before = /** @type {HTMLElement | null} */ (document.activeElement);
  const problem = element("p", { class: "dialog-error", role: "alert", hidden: true });
  const button = element("button", { class: "button", "data-look": look, type: "submit" }, action);
  const cancel = element("button", { class: "button", type: "button", onclick: () => dialog.close() }, "Cancel");
  const form = element(
    "form",
    { class: "dialog-form", method: "dialog" },
    element("h2", { class: "dialog-title" }, title),
    text && element("p", { class: "dialog-text" }, text),
    ...fields,
    problem,
    element("div", { class: "dialog-actions" }, cancel, button),
  );
  const dialog = element("dialog", { class: "dialog", closedby: "any" }, form);
  const check = () => {
    button.disabled = !isReady();
  };
  form.addEventListener("input", check);
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (button.disabled) return;
    button.disabled = true;
    try {
      await act();
      dialog.close();
    } catch (failure) {
      problem.textContent = failure instanceof Error ? failure.message : String(failure);
      problem.hidden = false;
      check();
    }
  });
  dialog.addEventListener("close", () => {
    dialog.remove();
    if (before?.isConnected) before.focus();
  });
  check();
  document.body.append(dialog);
  dialog.showModal();
  const first = /** @type {HTMLElement | null} */ (form.querySelector("input, textarea"));
  first?.focus();
  if (first instanceof HTMLInputElement) first.select();
}
