// @ts-check
/** A chart's head: its name, the latest values, and what can be done with it. */
import { element, icon, mark } from "../../element.js";
import { formatValue, isNonfinite } from "../../format.js";
import { openMenu } from "../menu.js";

/** @typedef {import("./card.js").ChartCard} ChartCard */

const MOST_LATEST = 3; // more values than this are told by the chart alone

/** @param {ChartCard} card */
export function cardHead(card) {
  const { info, wall } = card;
  const pin = action("pin", "Pin to the top", () => wall.shared.toggle("pin", info.id));
  const log = element(
    "button",
    {
      class: "icon-button chart-log",
      type: "button",
      title: "Logarithmic y axis",
      "aria-label": "Logarithmic y axis",
      onclick: () => wall.shared.toggle("logs", info.id),
    },
    "log",
  );
  for (const switched of [pin, log]) mark(switched, "aria-pressed", "false");
  const full = action(card.large ? "close" : "expand", card.large ? "Close" : "Fullscreen", () =>
    wall.shared.openFull(card.large ? "" : info.id),
  );
  const more = action("more", "More", () =>
    openMenu(more, [
      {
        word: wall.shared.holds("pin", info.id) ? "Unpin" : "Pin to the top",
        sign: "pin",
        act: () => wall.shared.toggle("pin", info.id),
      },
      {
        word: wall.shared.isLog(info.id) ? "Linear y axis" : "Logarithmic y axis",
        sign: "gradients",
        act: () => wall.shared.toggle("logs", info.id),
      },
      { word: "CSV", sign: "download", act: () => wall.saveCsv(card) },
      { word: "PNG", sign: "image", act: () => card.plot.savePng(info.title) },
    ]),
  );
  more.classList.add("chart-more");
  return element(
    "header",
    { class: "chart-head" },
    element("h3", { class: "chart-title metric", title: info.metrics.slice(0, 12).join("\n") }, info.title),
    card.latest,
    element(
      "div",
      { class: "chart-actions" },
      element(
        "span",
        { class: "chart-tools" },
        pin,
        log,
        action("download", "CSV of every point", () => wall.saveCsv(card)),
        action("image", "PNG of this chart", () => card.plot.savePng(info.title)),
      ),
      more,
      full,
    ),
  );
}

/** Show whether a chart is pinned, and on which axis it stands. @param {ChartCard} card */
export function showMarks(card) {
  const [pin, log] = card.element.querySelectorAll(".chart-tools > [aria-pressed]");
  mark(pin, "aria-pressed", String(card.wall.shared.holds("pin", card.info.id)));
  mark(log, "aria-pressed", String(card.wall.shared.isLog(card.info.id)));
}

/** @param {string} sign @param {string} word @param {() => void} act */
function action(sign, word, act) {
  return element(
    "button",
    { class: "icon-button", type: "button", title: word, "aria-label": word, onclick: act },
    icon(sign),
  );
}

/**
 * The last value of each metric, by its split where that tells them apart.
 * @param {string[]} metrics
 * @param {Map<string, import("../../format.js").Value>} latest
 */
export function latestWords(metrics, latest) {
  const known = metrics.filter((metric) => latest.has(metric));
  if (!known.length || known.length > MOST_LATEST) return [];
  const splits = known.map((metric) => metric.split("/")[0]);
  const told =
    known.length > 1 && new Set(splits).size === known.length && known.every((metric) => metric.includes("/"));
  if (known.length > 1 && !told) return [];
  return known.map((metric, place) =>
    element(
      "span",
      { class: "chart-value", "data-nonfinite": isNonfinite(latest.get(metric)) },
      told ? element("span", { class: "quiet" }, `${splits[place]} `) : null,
      formatValue(latest.get(metric)),
    ),
  );
}
