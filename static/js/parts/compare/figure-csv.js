// @ts-check
/** The points that a figure draws, as CSV. */
import { save } from "../charts/plot.js";

const KEPT_MS = 10_000; // the browser takes the file within that

/** Hand a figure's points to the browser as a file. @param {{data: any[], layout: any}} figure @param {string} title */
export function saveCsv(figure, title) {
  const url = URL.createObjectURL(new Blob([csvOf(figure)], { type: "text/csv" }));
  save(url, `${title.replace(/[^\w.-]+/g, "_")}.csv`);
  setTimeout(() => URL.revokeObjectURL(url), KEPT_MS);
}

/**
 * Write the lines of a figure as CSV. Pure.
 * @param {{data: any[], layout: any}} figure
 * @returns {string}  one row a point: the line's name, x, y; NaN and gaps are empty
 */
export function csvOf({ data, layout }) {
  const lines = data.filter((trace) => !trace.meta?.part);
  const rows = lines.flatMap((trace) =>
    trace.x.map((/** @type {number} */ x, /** @type {number} */ place) => [plain(trace.name), x, trace.y[place] ?? ""]),
  );
  const metric = lines[0]?.meta?.metric ?? "value";
  const all = [["run", layout.meta?.x ?? "x", metric], ...rows];
  return all.map((row) => `${row.map(quoted).join(",")}\r\n`).join("");
}

/** A cell that a spreadsheet would take for a formula is told to be text. @param {unknown} value */
function quoted(value) {
  const text = String(value);
  const safe = typeof value === "string" && /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/** Plotly's text is escaped. @param {string} text */
export const plain = (text) =>
  String(text ?? "").replaceAll("&#36;", "$").replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&amp;", "&");
