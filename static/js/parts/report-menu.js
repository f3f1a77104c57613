// @ts-check
/** Reports to keep: of a run or of runs side by side, as a page in one file or as Markdown. */
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

/** @param {string} id */
export const runReport = (id) => (/** @type {"html" | "md"} */ kind) => `/api/runs/${encodeURIComponent(id)}/report.${kind}`;

/** A button that offers the report of a comparison. @param {string[]} ids */
export function comparisonReportButton(ids) {
  const runs = ids.map(encodeURIComponent).join(",");
  const items = reportItems((kind) => `/api/compare/report.${kind}?runs=${runs}`);
  const open = () => openMenu(button, items);
  const button = element(
    "button",
    { class: "button", type: "button", title: "Report of this comparison", "aria-haspopup": "menu", onclick: open },
    icon("download"),
    element("span", { class: "action-word" }, "Report"),
  );
  return button;
}
