// @ts-check
/** A run's name, changed where it stands: click, type, Enter. */
import { ask } from "../../api.js";
import { element } from "../../element.js";
import { tell } from "../notice.js";

/**
 * @param {HTMLElement} button  shows the name
 * @param {() => import("../../types.js").RunRow} run
 * @param {(changed: any) => void} onChange
 */
export function bindRename(button, run, onChange) {
  button.addEventListener("click", () => {
    const field = element("input", {
      class: "field run-rename-field",
      maxlength: "256",
      value: run().name,
      "aria-label": "Name of the run",
      autocomplete: "off",
      spellcheck: "false",
    });
    let left = false;
    const leave = () => {
      if (left) return;
      left = true;
      field.replaceWith(button);
      button.focus();
    };
    const save = async () => {
      const name = field.value.trim();
      leave();
      if (!name || name === run().name) return;
      try {
        onChange(await ask(`/api/runs/${encodeURIComponent(run().id)}`, { method: "PATCH", body: { name } }));
      } catch (problem) {
        tell(problem instanceof Error ? problem.message : String(problem), "critical");
      }
    };
    field.addEventListener("keydown", (event) => {
      if (event.key === "Enter") save();
      else if (event.key === "Escape") leave();
      else return;
      event.preventDefault();
    });
    field.addEventListener("blur", leave);
    button.replaceWith(field);
    field.focus();
    field.select();
  });
}
