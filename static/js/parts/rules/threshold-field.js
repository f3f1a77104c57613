// @ts-check
/** A number of a rule as a field: bounds, unit, default, and the way back to it. */
import { element, icon, mark, write } from "../../element.js";

/** @typedef {import("../../types.js").ThresholdJson} ThresholdJson */

/**
 * @param {ThresholdJson} threshold
 * @param {number | null | undefined} planned  what is being changed: null takes the default again, undefined leaves it
 * @param {(value: number | null | undefined) => void} onChange
 */
export function thresholdField(threshold, planned, onChange) {
  const { name, low, high, unit, meaning, default: usual, value } = threshold;
  const now = planned === undefined ? value : (planned ?? usual);
  const id = `threshold-${name}`;
  const problem = element("span", { class: "threshold-problem", role: "alert" });
  const input = element("input", { class: "field threshold-input", id, type: "number", step: "any", min: low, max: high });
  const reset = element(
    "button",
    { class: "icon-button", type: "button", title: `Back to ${plain(usual)}`, "aria-label": `Reset ${name}` },
    icon("resume"),
  );
  const field = element(
    "div",
    { class: "threshold", "data-threshold": name },
    element(
      "label",
      { class: "threshold-word", for: id },
      element("span", { class: "threshold-meaning" }, meaning),
      element("code", { class: "threshold-name" }, name),
    ),
    element("span", { class: "threshold-row" }, input, unit && element("span", { class: "quiet" }, unit), reset),
    element("span", { class: "hint" }, `${plain(low)} to ${plain(high)}, default ${plain(usual)}`),
    problem,
  );
  const check = () => {
    const number = input.valueAsNumber;
    const isSound = number >= low && number <= high;
    write(problem, isSound ? "" : `Give a number from ${plain(low)} to ${plain(high)}`);
    mark(input, "aria-invalid", isSound ? null : "true");
    mark(field, "data-changed", isSound && number !== usual ? "" : null);
    reset.hidden = isSound && number === usual;
    return isSound;
  };
  input.value = String(now);
  input.addEventListener("input", () => {
    const isSound = check();
    onChange(!isSound ? Number.NaN : input.valueAsNumber === value ? undefined : input.valueAsNumber);
  });
  reset.addEventListener("click", () => {
    input.value = String(usual);
    check();
    onChange(value === usual ? undefined : null);
    input.focus();
  });
  check();
  return field;
}

/** @param {number} number */
const plain = (number) =>
  Math.abs(number) >= 1e6 ? number.toExponential().replace("+", "") : String(number).replace(/\B(?=(\d{3})+(?!\d))(?<!\.\d*)/g, " ");
