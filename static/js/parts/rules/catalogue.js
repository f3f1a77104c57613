// @ts-check
/** The list of rules by kind of trouble, narrowed by a search over all that their pages say. */
import { element, icon, mark, write } from "../../element.js";
import { severitySign } from "../severity.js";
import { isChanged, severityOf } from "./known-rules.js";

/** @typedef {import("../../types.js").RuleJson} RuleJson */
/** @typedef {[string, string[]]} Kind */

export class Catalogue {
  /** @param {HTMLElement} root @param {Kind[]} kinds */
  constructor(root, kinds) {
    this.root = root;
    this.kinds = kinds;
    this.shown = "";
    this.chosen = "";
  }

  /**
   * @param {RuleJson[]} rules  in the order in which they are asked
   * @param {{search: string, chosen: string, unsaved: Set<string>}} view
   */
  show(rules, { search, chosen, unsaved }) {
    const words = search.toLowerCase().split(/\s+/).filter(Boolean);
    const found = rules.filter((rule) => words.every((word) => textOf(rule).includes(word)));
    const key = JSON.stringify(found.map((rule) => [rule.id, rule.title, marksOf(rule, unsaved), severityOf(rule)]));
    if (key !== this.shown) {
      this.shown = key;
      const groups = grouped(found, this.kinds).map(([title, some]) => section(title, some, unsaved));
      this.root.replaceChildren(...(groups.length ? groups : [nothing()]));
    }
    for (const link of this.links()) mark(link, "aria-current", link.dataset.rule === chosen ? "true" : null);
    if (chosen !== this.chosen) this.current()?.scrollIntoView({ block: "nearest" });
    this.chosen = chosen;
  }

  links() {
    return /** @type {HTMLAnchorElement[]} */ ([...this.root.querySelectorAll("a[data-rule]")]);
  }

  current() {
    return this.links().find((link) => link.hasAttribute("aria-current"));
  }

  /** Go to the next rule or the one before. @param {number} by */
  move(by) {
    const links = this.links();
    if (!links.length) return;
    const at = links.findIndex((link) => link.hasAttribute("aria-current"));
    const link = links[at < 0 ? 0 : Math.min(links.length - 1, Math.max(0, at + by))];
    for (const one of links) mark(one, "aria-current", one === link ? "true" : null); // a quick second key counts from here
    location.hash = link.hash;
    link.focus();
  }
}

/** @param {RuleJson} rule */
const textOf = (rule) => `${rule.id}\n${rule.title}\n${Object.values(rule.sections).join("\n")}`.toLowerCase();

/** What is to be said of a rule in the list. @param {RuleJson} rule @param {Set<string>} unsaved @returns {string[]} */
function marksOf(rule, unsaved) {
  const marks = [];
  if (rule.origin !== "built-in") marks.push(rule.origin);
  if (rule.failures) marks.push("failed");
  if (rule.stops) marks.push("stops");
  if (!rule.is_on) marks.push("off");
  if (unsaved.has(rule.id)) marks.push("not saved");
  else if (isChanged(rule) && rule.is_on) marks.push("changed");
  return marks;
}

/** @param {RuleJson[]} rules @param {Kind[]} kinds @returns {[string, RuleJson[]][]} */
function grouped(rules, kinds) {
  const kindOf = new Map(kinds.flatMap(([title, ids]) => ids.map((id) => [id, title])));
  const place = new Map(kinds.flatMap(([, ids]) => ids).map((id, at) => [id, at]));
  const title = (/** @type {RuleJson} */ rule) =>
    rule.origin === "own" ? "Own rules" : (kindOf.get(rule.id) ?? (rule.origin === "plugin" ? "Plugins" : "Other"));
  const titles = ["Own rules", "Plugins", ...kinds.map(([kind]) => kind), "Other"];
  const order = (/** @type {RuleJson} */ rule) => place.get(rule.id) ?? 0;
  return titles
    .map((kind) => /** @type {[string, RuleJson[]]} */ ([kind, rules.filter((rule) => title(rule) === kind)]))
    .filter(([, some]) => some.length)
    .map(([kind, some]) => [kind, some.sort((a, b) => order(a) - order(b))]);
}

/** @param {string} title @param {RuleJson[]} rules @param {Set<string>} unsaved */
function section(title, rules, unsaved) {
  return element(
    "section",
    { class: "rules-kind" },
    element("h2", { class: "rules-kind-title" }, title),
    element("ul", {}, ...rules.map((rule) => element("li", {}, rowOf(rule, unsaved)))),
  );
}

/** @param {RuleJson} rule @param {Set<string>} unsaved */
export function rowOf(rule, unsaved) {
  const marks = marksOf(rule, unsaved);
  const link = element(
    "a",
    { class: "rules-row", href: `#${encodeURIComponent(rule.id)}`, "data-rule": rule.id, "data-off": !rule.is_on },
    severitySign(severityOf(rule)),
    element("span", { class: "rules-row-title" }),
    ...marks.map((word) => element("span", { class: "rules-mark", "data-mark": word }, word)),
  );
  write(/** @type {Element} */ (link.children[1]), rule.title);
  return link;
}

const nothing = () =>
  element("p", { class: "rules-nothing quiet" }, icon("search"), "No rule says anything of the kind.");
