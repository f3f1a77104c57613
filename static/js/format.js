// @ts-check
/** How numbers, durations and ages are written. Pure: knows neither the page nor the clock. */

/** What stands for "never measured"; 0 is a value. */
export const ABSENT = "–";

/** @typedef {number | "NaN" | "Infinity" | "-Infinity" | null | undefined} Value  A number as the API sends it. */

/**
 * Read a value of the API as a number; NaN and the infinities come as text.
 * @param {Value} value
 * @returns {number | null}  null when there is none
 */
export function toNumber(value) {
  if (value === null || value === undefined) return null;
  return Number(value);
}

/**
 * Write a measured value with four significant digits, as short as it can be read without doubt.
 * @param {Value} value
 * @returns {string}
 */
export function formatValue(value) {
  const number = toNumber(value);
  if (number === null) return ABSENT;
  if (Number.isNaN(number)) return "NaN";
  if (!Number.isFinite(number)) return number > 0 ? "+Inf" : "−Inf";
  if (number === 0) return "0";
  const size = Math.abs(number);
  if (size >= 1e6 || size < 1e-3)
    return minus(
      number
        .toExponential(2)
        .replace(/e([+-])(\d)$/, "e$10$2")
        .replace("e+", "e"),
    );
  if (size >= 1000) return minus(formatCount(Math.round(number)));
  if (size < 0.01) return minus(number.toPrecision(3));
  if (size < 10) return minus(number.toFixed(4));
  return minus(number.toPrecision(4));
}

/**
 * Say whether a value is NaN or infinite.
 * @param {Value} value
 */
export function isNonfinite(value) {
  const number = toNumber(value);
  return number !== null && !Number.isFinite(number);
}

/**
 * Write the step from one value to another with its sign.
 * @param {Value} from
 * @param {Value} to
 */
export function formatChange(from, to) {
  const start = toNumber(from);
  const end = toNumber(to);
  if (start === null || end === null || !Number.isFinite(start) || !Number.isFinite(end)) return "";
  if (end === start) return "±0";
  const size = Math.abs(end - start);
  const text = size < 1 && size >= 0.00005 ? size.toFixed(4) : formatValue(size);
  return (end > start ? "+" : "−") + text;
}

/**
 * Write a whole number with thin groups of three.
 * @param {number | null | undefined} count
 */
export function formatCount(count) {
  if (count === null || count === undefined) return ABSENT;
  return String(count).replace(/\B(?=(\d{3})+(?!\d))/g, " ");
}

/**
 * Write a large whole number in short: 46 370 000 is 46.4 M.
 * @param {number | null | undefined} count
 */
export function formatLarge(count) {
  if (count === null || count === undefined) return ABSENT;
  for (const [size, letter] of /** @type {[number, string][]} */ ([
    [1e9, "G"],
    [1e6, "M"],
    [1e3, "k"],
  ]))
    if (Math.abs(count) >= size * (letter === "k" ? 10 : 0.9995))
      return `${(count / size).toPrecision(3)} ${letter}`;
  return String(count);
}

/**
 * Write a length of time in its two largest units.
 * @param {number | null | undefined} seconds
 */
export function formatDuration(seconds) {
  if (seconds === null || seconds === undefined || !Number.isFinite(seconds)) return ABSENT;
  if (seconds < 1) return `${Math.round(seconds * 1000)} ms`;
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} m ${pad(whole % 60)} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 1440) return `${Math.floor(minutes / 60)} h ${pad(minutes % 60)} m`;
  const hours = Math.round(seconds / 3600);
  return `${Math.floor(hours / 24)} d ${hours % 24} h`;
}

/**
 * Write how long ago something was, in one unit.
 * @param {number} milliseconds
 */
export function formatAge(milliseconds) {
  const seconds = Math.max(0, Math.floor(milliseconds / 1000));
  if (seconds < 2) return "now";
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} m`;
  if (seconds < 86400) return `${Math.floor(seconds / 3600)} h`;
  return `${Math.floor(seconds / 86400)} d`;
}

/**
 * Write a time of day, with the date when it is another day than `now`.
 * @param {number} ms
 * @param {number} now
 */
export function formatClock(ms, now) {
  const date = new Date(ms);
  const time = `${pad(date.getHours())}:${pad(date.getMinutes())}:${pad(date.getSeconds())}`;
  if (date.toDateString() === new Date(now).toDateString()) return time;
  return `${date.getFullYear()}-${pad(date.getMonth() + 1)}-${pad(date.getDate())} ${time}`;
}

/** @param {string} text */
const minus = (text) => text.replace("-", "−").replace("e−", "e-");

/** @param {number} number */
const pad = (number) => String(number).padStart(2, "0");
