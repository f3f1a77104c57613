// @ts-check
/** A switch with its word and what it does. */
import { element } from "../../element.js";

/**
 * @param {{word: string, hint?: string, isOn: boolean, level?: string, onChange: (isOn: boolean) => void}} about
 */
export function switchField({ word, hint, isOn, level, onChange }) {
  const input = element("input", {
    class: "switch",
    type: "checkbox",
    role: "switch",
    "data-level": level,
    onchange: () => onChange(input.checked),
  });
  input.checked = isOn;
  return element(
    "label",
    { class: "switch-field" },
    input,
    element("span", { class: "switch-word" }, word),
    hint && element("span", { class: "hint switch-hint" }, hint),
  );
}
