// @ts-check
/** The axes of the parallel coordinates as chips that can be taken away, and the list of those that can be added. */
import { element, icon, part } from "../../element.js";
import { offer } from "./tools.js";

export const MOST_AXES = 12;
const LEAST_AXES = 2;

/** @param {string[]} axes @param {string[]} names  of everything that can be an axis @param {(axes: string[]) => void} set */
export function showAxes(axes, names, set) {
  part(document, "axes").replaceChildren(...axes.map((name) => chip(name, axes, set)));
  const left = names.filter((name) => !axes.includes(name));
  const add = /** @type {HTMLSelectElement} */ (part(document, "add-axis"));
  const offered = left.map((name) => /** @type {[string, string]} */ ([name, name]));
  offer(add, "Add an axis", offered, "");
  add.hidden = !left.length || axes.length >= MOST_AXES;
}

/** @param {string} name @param {string[]} axes @param {(axes: string[]) => void} set */
function chip(name, axes, set) {
  const button = element(
    "button",
    {
      class: "icon-button axis-drop",
      type: "button",
      "aria-label": `Take ${name} away`,
      onclick: () => set(axes.filter((one) => one !== name)),
    },
    icon("close"),
  );
  button.disabled = axes.length <= LEAST_AXES;
  return element("span", { class: "axis" }, element("span", { class: "metric" }, name), button);
}
