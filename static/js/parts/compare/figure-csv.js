// @ts-check
/** The points that a figure draws as CSV. Pure. */

/**
 * @param {{data: any[], layout: any}} figure
 * @returns {string}  one row a point: the line's name, x, y; NaN and gaps are empty
 */
export function csvOf({ data, layout }) {
  const lines = data.filter((trace) => !trace.meta?.part);
  const rows = lines.flatMap((trace) =>
    trace.x.map((/** @type {number} */ x, /** @type {number} */ place) => [plain(trace.name), x, trace.y[place] ?? ""]),
  );
  const metric = lines[0]?.meta?.metric ?? "value";
  return [["run", layout.meta?.x ?? "x", metric], ...rows].map((row) => row.map(quoted).join(",")).join("\r\n") + "\r\n";
}

/** A cell that a spreadsheet would take for a formula is told to be text. @param {unknown} value */
function quoted(value) {
  const text = String(value);
  const safe = typeof value === "string" && /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/** Plotly's text is escaped. @param {string} text */
const plain = (text) =>
  String(text ?? "").replaceAll("&#36;", "$").replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&amp;", "&");
