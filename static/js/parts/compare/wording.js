// @ts-check
/** Numbers as a comparison writes them: shares of one in percent, as the findings do. Pure. */
import { formatValue, toNumber } from "../../format.js";

const SHARES = new Set(["accuracy", "f1", "f1_class"]);

/**
 * @param {import("../../format.js").Value} value
 * @param {string} role
 */
export function formatScore(value, role) {
  const number = toNumber(value);
  if (number !== null && SHARES.has(role) && number >= 0 && number <= 1) return `${(100 * number).toFixed(2)} %`;
  return formatValue(value);
}

/**
 * Write how far one value is from another, in percentage points where they are shares.
 * @param {import("../../format.js").Value} from
 * @param {import("../../format.js").Value} to
 * @param {string} role
 */
export function formatGap(from, to, role) {
  const [start, end] = [toNumber(from), toNumber(to)];
  if (start === null || end === null || !Number.isFinite(start) || !Number.isFinite(end)) return "";
  const gap = end - start;
  const sign = gap < 0 ? "−" : "+";
  if (SHARES.has(role) && Math.max(start, end) <= 1) return `${sign}${Math.abs(100 * gap).toFixed(2)} points`;
  return `${sign}${formatValue(Math.abs(gap))}`;
}

/** @type {Record<string, {sign: string, word: string}>} */
export const DIRECTIONS = {
  max: { sign: "up", word: "higher is better" },
  min: { sign: "down", word: "lower is better" },
};
