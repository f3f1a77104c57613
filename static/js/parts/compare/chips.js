// @ts-check
/** The compared runs as chips: who they are, how they stand, and the legend of every chart. */
import { element, icon, mark, write } from "../../element.js";
import { openMenu } from "../menu.js";
import { SEVERITY_WORDS } from "../severity.js";
import { STATE_WORDS } from "../state.js";
import { showVerdict } from "../verdict.js";

/** @typedef {import("../../types.js").RunRow} RunRow */

/**
 * @typedef {object} ChipActions
 * @property {(id: string) => void} toggle  hide or show
 * @property {(id: string) => void} solo  show alone, or all again
 * @property {(id: string) => import("../menu.js").MenuItem[]} menu
 */

export class RunChips {
  /** @param {HTMLElement} root @param {ChipActions} actions */
  constructor(root, actions) {
    this.root = root;
    this.actions = actions;
    /** @type {Map<string, Chip>} */
    this.chips = new Map();
  }

  /** @param {RunRow[]} runs @param {{hidden: Set<string>, baseline: string}} how */
  show(runs, how) {
    const wanted = new Set(runs.map((run) => run.id));
    for (const [id, chip] of this.chips)
      if (!wanted.has(id)) {
        chip.element.remove();
        this.chips.delete(id);
      }
    runs.forEach((run, place) => {
      const chip = this.chips.get(run.id) ?? new Chip(run.id, this.actions);
      this.chips.set(run.id, chip);
      chip.show(run, how, place + 1);
      if (this.root.children[place] !== chip.element)
        this.root.insertBefore(chip.element, this.root.children[place] ?? null);
    });
  }
}

class Chip {
  /** @param {string} id @param {ChipActions} actions */
  constructor(id, actions) {
    this.name = element("span", { class: "chip-name" });
    this.state = element("span", { class: "chip-sign" });
    this.worst = element("span", { class: "severity-sign" });
    this.verdict = element("span", { class: "verdict", hidden: true });
    this.base = element("span", { class: "chip-base", hidden: true }, "baseline");
    this.main = element(
      "button",
      { class: "chip-main", type: "button", onclick: () => actions.toggle(id), ondblclick: () => actions.solo(id) },
      element("span", { class: "hue-dot" }),
      this.name,
      this.state,
      this.worst,
      this.verdict,
      this.base,
    );
    const more = element(
      "button",
      {
        class: "icon-button chip-more",
        type: "button",
        "aria-haspopup": "menu",
        onclick: () => openMenu(more, actions.menu(id)),
      },
      icon("more"),
    );
    this.more = more;
    this.element = element("div", { class: "chip", "data-run": id }, this.main, more);
  }

  /** @param {RunRow} run @param {{hidden: Set<string>, baseline: string}} how @param {number} place */
  show(run, { hidden, baseline }, place) {
    const name = run.name || run.id;
    const isShown = !hidden.has(run.id);
    mark(this.element, "data-hue", String(run.hue));
    mark(this.element, "data-hidden", isShown ? null : "");
    mark(this.main, "aria-pressed", String(isShown));
    mark(this.main, "title", `${name}: ${isShown ? "hide" : "show"} (${place}); double click: alone`);
    mark(this.more, "aria-label", `More for ${name}`);
    write(this.name, name);
    this.showState(run.state);
    this.showWorst(run.health?.worst ?? null);
    showVerdict(this.verdict, run.verdict);
    this.base.hidden = baseline !== run.id;
  }

  /** @param {string} state */
  showState(state) {
    if (this.state.dataset.state === state) return;
    this.state.dataset.state = state;
    mark(this.state, "title", STATE_WORDS[state] ?? state);
    this.state.replaceChildren(icon(state), element("span", { class: "unseen" }, STATE_WORDS[state] ?? state));
  }

  /** @param {string | null} worst */
  showWorst(worst) {
    this.worst.hidden = !worst;
    if (!worst || this.worst.dataset.severity === worst) return;
    this.worst.dataset.severity = worst;
    mark(this.worst, "title", `${SEVERITY_WORDS[worst]}: an alert fires`);
    this.worst.replaceChildren(icon(worst), element("span", { class: "unseen" }, SEVERITY_WORDS[worst]));
  }
}
