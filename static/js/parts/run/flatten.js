// @ts-check
/** A config as flat rows: nested keys joined by dots, every value with its type, and text that only looks like a number. Pure. */

/** @typedef {{key: string, text: string, type: "number" | "text" | "boolean" | "none" | "other", looksLike?: "a number" | "a truth value"}} ConfigRow */

const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;
const TRUTH = /^(true|false|yes|no|on|off)$/i;

/**
 * @param {unknown} value
 * @param {string} [key]
 * @returns {ConfigRow[]}
 */
export function flatten(value, key = "") {
  if (isMarked(value) || value === null || typeof value !== "object") return [{ key, ...describe(value) }];
  const inner = Array.isArray(value)
    ? value.map((one, place) => /** @type {[string, unknown]} */ ([`${key}[${place}]`, one]))
    : Object.entries(value).map(
        ([name, one]) => /** @type {[string, unknown]} */ ([key ? `${key}.${name}` : name, one]),
      );
  if (!inner.length) return [{ key, text: Array.isArray(value) ? "[]" : "{}", type: "none" }];
  if (Array.isArray(value) && value.every((one) => one === null || typeof one !== "object" || isMarked(one)))
    return [list(key, value)];
  return inner.flatMap(([name, one]) => flatten(one, name));
}

/** A list of plain values stays on one row. @param {string} key @param {unknown[]} values @returns {ConfigRow} */
function list(key, values) {
  const told = values.map(describe);
  const suspect = told.find((one) => one.looksLike);
  return {
    key,
    text: `[${told.map((one) => one.text).join(", ")}]`,
    type: "other",
    ...(suspect ? { looksLike: suspect.looksLike } : {}),
  };
}

/** @param {any} value */
const isMarked = (value) =>
  value !== null && typeof value === "object" && ("$float" in value || "$repr" in value || "$omitted" in value);

/** @param {any} value @returns {Omit<ConfigRow, "key">} */
function describe(value) {
  if (value === null || value === undefined) return { text: "None", type: "none" };
  if (typeof value === "boolean") return { text: value ? "True" : "False", type: "boolean" };
  if (typeof value === "number") return { text: String(value), type: "number" };
  if (isMarked(value)) return marked(value);
  const text = String(value);
  if (NUMBER.test(text.trim())) return { text: JSON.stringify(text), type: "text", looksLike: "a number" };
  if (TRUTH.test(text.trim())) return { text: JSON.stringify(text), type: "text", looksLike: "a truth value" };
  return { text: JSON.stringify(text), type: "text" };
}

/** Values that JSON has no word for. @param {Record<string, any>} value @returns {Omit<ConfigRow, "key">} */
function marked(value) {
  if ("$float" in value) return { text: String(value.$float), type: "number" };
  if ("$omitted" in value)
    return { text: `left out: ${value.$omitted} bytes are more than a run's config may have`, type: "none" };
  return { text: String(value.$repr), type: "other" };
}
