// @ts-check
/** What a changed rule would have said of past runs, beside what it says of them now. */
import { element, icon } from "../../element.js";
import { severityRank, severitySign, worstOf } from "../severity.js";

/** @typedef {{epoch: number, severity: string, what: string, subject: string, kind: string}} Said */
/** @typedef {{run: string, name: string, url: string, now: Said[], then: Said[]}} TriedRun */
/** @typedef {{runs: TriedRun[], tried: number, of: number}} Trial */

export class TrialView {
  constructor() {
    this.element = element("div", { class: "trial", "aria-live": "polite", hidden: true });
  }

  /** Run a trial and show what it says; its words stay until the next. @param {() => Promise<Trial>} trial */
  async run(trial) {
    this.element.hidden = false;
    this.element.setAttribute("aria-busy", "true");
    this.element.replaceChildren(element("p", { class: "quiet" }, "Asking the past runs …"));
    try {
      this.element.replaceChildren(...told(await trial()));
      this.grow("new");
    } catch (problem) {
      const text = problem instanceof Error ? problem.message : String(problem);
      this.element.replaceChildren(element("p", { class: "threshold-problem", role: "alert" }, text));
    }
    this.element.removeAttribute("aria-busy");
  }

  /** Say whether what is shown is of the settings as they stand. @param {"old" | "new"} age */
  grow(age) {
    this.element.dataset.age = age;
  }
}

/** @param {Trial} trial */
function told({ runs, tried, of }) {
  if (!tried) return [element("p", { class: "quiet" }, "There is no past run of this project to try it on.")];
  const changed = runs.filter((run) => summary(run.now) !== summary(run.then));
  const same = runs.filter((run) => summary(run.now) === summary(run.then));
  const loud = same.filter((run) => run.then.length);
  return [
    element("h3", { class: "trial-title" }, verdict(changed)),
    element("p", { class: "hint" }, `Tried on ${tried === of ? "all" : `the newest ${tried} of`} ${of} runs; nothing is saved yet.`),
    changed.length ? table(changed) : null,
    loud.length
      ? element("details", {}, element("summary", { class: "trial-same" }, `${loud.length} as before`), table(loud))
      : null,
    same.length - loud.length
      ? element("p", { class: "quiet" }, `Silent on ${same.length - loud.length} before and after`)
      : null,
  ].filter((part) => part !== null);
}

/** @param {TriedRun[]} changed */
function verdict(changed) {
  const more = changed.filter((run) => run.then.length && !run.now.length).length;
  const fewer = changed.filter((run) => run.now.length && !run.then.length).length;
  const other = changed.length - more - fewer;
  const words = [];
  if (more) words.push(`${more} more ${more === 1 ? "run" : "runs"} would be named`);
  if (fewer) words.push(`${fewer} ${words.length ? "" : fewer === 1 ? "run " : "runs "}no longer`);
  if (other) words.push(`${other} ${words.length ? "" : other === 1 ? "run " : "runs "}otherwise`);
  return words.length ? words.join(", ") : "Nothing would change";
}

/** @param {Said[]} said */
const summary = (said) => said.map((one) => `${one.epoch} ${one.severity} ${one.subject} ${one.kind}`).join("\n");

/** @param {TriedRun[]} runs */
function table(runs) {
  return element(
    "table",
    { class: "trial-table" },
    element("thead", {}, element("tr", {}, ...["Run", "Now", "Then"].map((word) => element("th", { scope: "col" }, word)))),
    element(
      "tbody",
      {},
      ...runs.map(({ name, url, now, then }) =>
        element(
          "tr",
          {},
          element("th", { scope: "row" }, element("a", { class: "trial-run", href: url }, name)),
          element("td", {}, ...words(now)),
          element("td", { "data-change": change(now, then) }, ...words(then)),
        ),
      ),
    ),
  );
}

/** @param {Said[]} now @param {Said[]} then */
function change(now, then) {
  const rank = (/** @type {Said[]} */ said) => Math.max(0, ...said.map((one) => severityRank(one.severity)));
  return rank(then) > rank(now) ? "louder" : rank(then) < rank(now) ? "quieter" : null;
}

/** What a rule said of a run: its worst, and when it first said anything. @param {Said[]} said @returns {HTMLElement[]} */
function words(said) {
  const worst = worstOf(said.map((one) => one.severity));
  if (!worst) return [element("span", { class: "trial-said quiet" }, icon("not_checked"), "silent")];
  const first = Math.min(...said.map((one) => one.epoch));
  const told = said.map((one) => `${one.epoch < 0 ? "before epoch 0" : `epoch ${one.epoch}`}: ${one.what}`).join("\n");
  return [
    element(
      "span",
      { class: "trial-said", title: told },
      severitySign(worst),
      first < 0 ? "at the start" : `epoch ${first}`,
      said.length > 1 && element("span", { class: "quiet" }, `+${said.length - 1}`),
    ),
  ];
}
