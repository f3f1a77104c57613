// @ts-check
/** Where and how the run was started, and what it said at its end: what a post-mortem asks first. */
import { element, icon } from "../../element.js";
import { formatCount, formatLarge } from "../../format.js";
import { copyText } from "../copy.js";
import { flatten } from "./flatten.js";

/** @typedef {import("../../types.js").RunDetail} RunDetail */
/** @typedef {[string, string | Node]} Fact */

/** What is known by a word of its own, in the order in which it is asked for. @type {[string, string][]} */
const WORDS = [
  ["script", "Script"],
  ["cwd", "Folder"],
  ["host", "Host"],
  ["user", "User"],
  ["device", "Device"],
  ["cuda", "CUDA"],
  ["cpu_count", "CPU cores"],
  ["python", "Python"],
  ["torch", "torch"],
  ["platform", "Platform"],
  ["pid", "Process"],
];
const SHOWN_APART = new Set([...WORDS.map(([key]) => key), "command", "git", "packages"]);

/** @param {HTMLElement} root @param {RunDetail} run */
export function showEnvironment(root, run) {
  const env = run.environment ?? {};
  const others = Object.entries(env).filter(([key]) => !SHOWN_APART.has(key));
  /** @type {Fact[]} */
  const facts = [["Run", run.id], ...origin(run)];
  if (env.command) facts.push(["Command", copyable(String(env.command))]);
  if (env.git) facts.push(["Commit", commit(env.git)]);
  for (const [key, word] of WORDS)
    if (env[key] !== null && env[key] !== undefined) facts.push([word, String(env[key])]);
  if (run.parameters !== null) facts.push(["Parameters", parameters(run.parameters)]);
  root.replaceChildren(
    list(facts),
    ...folded("Summary", flatFacts(run.summary), true),
    ...folded("More", flatFacts(Object.fromEntries(others)), false),
    ...folded("Packages", flatFacts(env.packages), false),
  );
}

/** What an imported run was read from; its alerts are what would have fired. @param {RunDetail} run @returns {Fact[]} */
function origin({ origin: from }) {
  if (!from) return [];
  const at = from.imported_ms === null ? "" : ` on ${new Date(from.imported_ms).toLocaleString()}`;
  return [
    ["Imported", `from ${from.format}${at}; its alerts say what would have fired, and when`],
    ["Source", from.source],
  ];
}

/** @param {Record<string, any> | undefined} values @returns {Fact[]} */
function flatFacts(values) {
  if (!values || !Object.keys(values).length) return [];
  return flatten(values).map((row) => [row.key, row.text]);
}

/** @param {Fact[]} facts */
function list(facts) {
  const cells = facts.flatMap(([word, value]) => [
    element("dt", { class: "fact-key" }, word),
    element("dd", { class: "fact-value" }, value),
  ]);
  return element("dl", { class: "facts" }, ...cells);
}

/** @param {string} title @param {Fact[]} facts @param {boolean} open */
function folded(title, facts, open) {
  if (!facts.length) return [];
  const count = element("span", { class: "quiet number" }, ` ${facts.length}`);
  return [element("details", { class: "facts-more", open }, element("summary", {}, title, count), list(facts))];
}

/** @param {number} count */
const parameters = (count) => (count < 10_000 ? formatCount(count) : `${formatLarge(count)} (${formatCount(count)})`);

/** @param {string} command */
function copyable(command) {
  const word = element("span", { class: "unseen" }, "Copy");
  const copy = () => copyText(command, word);
  const button = element(
    "button",
    { class: "icon-button", type: "button", title: "Copy", onclick: copy },
    icon("copy"),
  );
  button.append(word);
  return element("span", { class: "fact-command" }, element("code", {}, command), button);
}

/** @param {{commit?: string, branch?: string, dirty?: boolean}} git */
function commit(git) {
  return element(
    "span",
    {},
    element("code", { title: git.commit }, String(git.commit ?? "").slice(0, 10)),
    git.branch ? ` on ${git.branch}` : "",
    git.dirty ? element("span", { class: "fact-mark" }, "uncommitted changes") : null,
  );
}
