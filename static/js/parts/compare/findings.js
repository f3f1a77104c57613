// @ts-check
/** What the numbers support saying, in sentences; the runs and settings they speak of can be followed. */
import { element, icon } from "../../element.js";

/** @typedef {{kind: string, text: string, caution: string, runs: string[], keys: string[]}} Finding */
/** @typedef {import("../../types.js").RunRow} RunRow */

const NOTHING =
  "These runs have too little in common, or too few epochs, to say anything that the numbers support.";

/** @type {Record<string, string>} */
const SIGNS = {
  nearly_identical: "baseline",
  better_settings: "settings",
  rank_correlation: "gradients",
  runs_part: "compare",
  blind_loss: "hide",
  ended_outside: "stopped",
  never_tested: "not_checked",
  text_numbers: "lost",
};

/**
 * @param {HTMLElement} root
 * @param {Finding[]} findings
 * @param {RunRow[]} runs
 * @param {(key: string) => void} onKey  somebody wants to see a setting
 */
export function showFindings(root, findings, runs, onKey) {
  const nothing = element(
    "li",
    { class: "finding-line" },
    icon("info"),
    element("p", { class: "quiet" }, NOTHING),
  );
  root.replaceChildren(...(findings.length ? findings.map((found) => line(found, runs, onKey)) : [nothing]));
}

/** @param {Finding} found @param {RunRow[]} runs @param {(key: string) => void} onKey */
function line(found, runs, onKey) {
  return element(
    "li",
    { class: "finding-line", "data-kind": found.kind },
    icon(SIGNS[found.kind] ?? "info"),
    element(
      "div",
      {},
      element("p", { class: "finding-text" }, ...linked(found, runs, onKey)),
      found.caution && element("p", { class: "finding-caution" }, capital(found.caution)),
    ),
  );
}

/**
 * Cut a sentence where it names a run or a setting. The longest names are looked for first, for one may begin another.
 * @param {Finding} found @param {RunRow[]} runs @param {(key: string) => void} onKey @returns {(Node | string)[]}
 */
function linked(found, runs, onKey) {
  /** @type {Map<string, () => Node>} */
  const names = new Map();
  for (const run of runs) names.set(run.name || run.id, () => runLink(run));
  for (const key of found.keys) if (!names.has(key)) names.set(key, () => keyLink(key, onKey));
  const wanted = [...names.keys()].sort((a, b) => b.length - a.length);
  if (!wanted.length) return [found.text];
  const pattern = new RegExp(`(?<![\\w./-])(${wanted.map(literal).join("|")})(?![\\w/-])`);
  return found.text.split(pattern).map((piece, place) => (place % 2 ? (names.get(piece)?.() ?? piece) : piece));
}

/** @param {RunRow} run */
const runLink = (run) =>
  element(
    "a",
    { class: "finding-run", href: run.url, "data-hue": run.hue },
    element("span", { class: "hue-dot" }),
    run.name || run.id,
  );

/** @param {string} key @param {(key: string) => void} onKey */
const keyLink = (key, onKey) =>
  element("button", { class: "finding-key metric", type: "button", onclick: () => onKey(key) }, key);

/** @param {string} text */
const literal = (text) => text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");

/** @param {string} text */
const capital = (text) => (/^n =/.test(text) ? text : text.charAt(0).toUpperCase() + text.slice(1));
