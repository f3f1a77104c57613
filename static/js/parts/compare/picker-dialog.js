// @ts-check
/** The picker in a dialog of its own: one run after the other. */
import { element, icon } from "../../element.js";

/** @param {import("./picker.js").RunPicker} picker */
export function pickInDialog(picker) {
  const close = element("button", { class: "icon-button", type: "button", "aria-label": "Close" }, icon("close"));
  const title = element("h2", { class: "dialog-title", id: "picker-title" }, "Add a run");
  const dialog = element(
    "dialog",
    { class: "dialog picker-dialog", closedby: "any", "aria-labelledby": "picker-title" },
    element("div", { class: "dialog-head" }, title, close),
    picker.element,
  );
  close.addEventListener("click", () => dialog.close());
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
  picker.search.focus();
  picker.load();
}
