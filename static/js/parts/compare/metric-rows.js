// @ts-check
/** Metrics side by side: best, not last; what was tested beside what was validated; and what was never computed. */
import { element } from "../../element.js";
import { formatCount, isNonfinite } from "../../format.js";
import { absent, breakable, part, row, sign, switchButton, wideRow } from "./side-part.js";
import { DIRECTIONS, formatGap, formatScore } from "./wording.js";

/** @typedef {import("./comparison.js").Comparison} Comparison */
/** @typedef {import("./comparison.js").MetricRow} MetricRow */
/** @typedef {import("./comparison.js").MetricCell} MetricCell */

/** @param {Comparison} told @param {import("./side-table.js").TableView} view */
export function metricPart(told, view) {
  const usual = told.metrics.filter((one) => one.metric === told.yardstick || isUsual(one));
  const first = usual.filter((one) => one.metric === told.yardstick);
  const listed = view.all ? told.metrics : usual;
  const ordered = [...first, ...listed.filter((one) => one.metric !== told.yardstick)];
  const rows = ordered.flatMap((one) => [metricRow(told, one, view), ...testRow(told, one)]);
  const left = told.metrics.length - usual.length;
  const tools = left
    ? [switchButton(`+ ${left} more`, view.all, () => view.set({ rows: view.all ? "" : "all" }))]
    : [];
  if (!rows.length) rows.push(wideRow(told.runs.length, "These runs have no metric in common."));
  return [part("Best, not last", told, rows, tools)];
}

/** Validation metrics that have a better and a worse; what was tested stands below what was validated. @param {MetricRow} one */
const isUsual = (one) => one.direction !== null && one.split === "val";

/** @param {Comparison} told @param {MetricRow} one @param {import("./side-table.js").TableView} view */
function metricRow(told, one, view) {
  const direction = one.direction ? DIRECTIONS[one.direction] : null;
  const ranks = one.metric === told.yardstick;
  const name = element(
    "button",
    {
      class: "side-metric metric",
      type: "button",
      title: ranks ? "The runs are ranked by this metric" : "Rank the runs by this metric",
      "aria-pressed": String(ranks),
      onclick: () => view.set({ metric: one.metric }),
    },
    element("span", {}, ...breakable(one.metric)),
    direction && sign(direction.sign, direction.word),
  );
  return row(
    name,
    one.cells.map((cell) => metricCell(cell, one)),
    { "data-ranks": ranks, "data-metric": one.metric },
  );
}

/** @param {MetricCell | null} cell @param {MetricRow} one */
function metricCell(cell, one) {
  if (!cell) return [absent("never computed", "computed")];
  const chosen = cell.best ?? cell.last;
  const value = element(
    "span",
    { class: "side-value number", "data-best": cell.is_best, "data-nonfinite": isNonfinite(chosen) },
    formatScore(chosen, one.role),
  );
  const at = cell.best_epoch === null ? "" : ` @ ${formatCount(cell.best_epoch)}`;
  const second = cell.best === null ? `last of ${formatCount(cell.n)}` : `last ${formatScore(cell.last, one.role)}`;
  return [
    value,
    element("span", { class: "number quiet" }, at),
    element("span", { class: "side-second number", "data-nonfinite": isNonfinite(cell.last) }, second),
  ];
}

/** What the same quantity was on the test split, where it is a validation metric. @param {Comparison} told @param {MetricRow} one */
function testRow(told, one) {
  if (one.split !== "val") return [];
  const stem = one.metric.slice(one.metric.indexOf("/") + 1);
  const found = told.tests.find((each) => each.stem === stem);
  const isKey = one.metric === told.yardstick;
  if (!found || (!isKey && found.pairs.every(([, test]) => test === null))) return [];
  const cells = found.pairs.map(([val, test], place) =>
    test === null
      ? [told.facts[place].is_tested ? absent("never computed", "computed") : absent("never tested", "tested")]
      : [
          element(
            "span",
            { class: "side-value number", "data-nonfinite": isNonfinite(test) },
            formatScore(test, one.role),
          ),
          element("span", { class: "side-second number" }, `${formatGap(val, test, one.role)} to val`),
        ],
  );
  const name = element("span", { class: "side-under metric" }, ...breakable(`test/${stem}`));
  return [row(name, cells, { "data-test": true })];
}

/** @type {Record<string, string>} */
const FOOTNOTES = {
  computed: "The run never logged this metric. That is no value of 0.",
  tested: "No test metric was ever logged: nothing was tested. That is no score of 0.",
};

/** Number the marks in the order in which they stand, and say what they mean. @param {HTMLElement} table */
export function footnotes(table) {
  const marks = /** @type {HTMLElement[]} */ ([...table.querySelectorAll("[data-footnote]")]);
  const used = [...new Set(marks.map((mark) => mark.dataset.footnote ?? ""))];
  for (const mark of marks) mark.textContent = String(used.indexOf(mark.dataset.footnote ?? "") + 1);
  return used.map((name, place) => element("p", {}, element("sup", {}, String(place + 1)), " ", FOOTNOTES[name]));
}
