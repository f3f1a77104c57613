// @ts-check
/** Files to keep: reports of a run or of runs side by side, and runs for other programs. */
import { withQuery } from "../api.js";
import { element, icon } from "../element.js";
import { openMenu } from "./menu.js";

/** Let the browser save what an address answers with. @param {string} address */
function save(address) {
  element("a", { href: address, download: true }).click();
}

/**
 * What a menu offers.
 * @param {(kind: "html" | "md") => string} address
 * @returns {import("./menu.js").MenuItem[]}
 */
export const reportItems = (address) => [
  { word: "Report", sign: "download", act: () => save(address("html")) },
  { word: "Report in Markdown", sign: "download", act: () => save(address("md")) },
];

/**
 * What a menu offers of a run for other programs; JSON lines hold everything and can be imported again.
 * @param {string} id
 * @returns {import("./menu.js").MenuItem[]}
 */
export const exportItems = (id) =>
  /** @type {[string, string][]} */ ([
    ["Export as JSONL", "jsonl"],
    ["Export as CSV", "csv"],
  ]).map(([word, kind]) => ({
    word,
    sign: "download",
    act: () => save(`/api/runs/${encodeURIComponent(id)}/export.${kind}`),
  }));

/** A button that saves every run of a project, a folder each. @param {string} project */
export function projectExportButton(project) {
  const address = `/api/export.jsonl?project=${encodeURIComponent(project)}`;
  return element(
    "button",
    { class: "button", type: "button", title: `Every run of ${project} in one archive`, onclick: () => save(address) },
    icon("download"),
    element("span", { class: "action-word" }, "Export"),
  );
}

/** @param {string} id */
export const runReport = (id) => (/** @type {"html" | "md"} */ kind) => `/api/runs/${encodeURIComponent(id)}/report.${kind}`;

/** A button that offers the report of a comparison. @param {() => Record<string, string>} asked  which runs, laid out how */
export function comparisonReportButton(asked) {
  const address = (/** @type {string} */ kind) => withQuery(`/api/compare/report.${kind}`, asked());
  const open = () => openMenu(button, reportItems(address));
  const button = element(
    "button",
    { class: "button", type: "button", title: "Report of this comparison", "aria-haspopup": "menu", onclick: open },
    icon("download"),
    element("span", { class: "action-word" }, "Report"),
  );
  return button;
}
