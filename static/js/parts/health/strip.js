// @ts-check
/** The health strip: a chip for each rule that has something to say, the quiet ones summed up and a click away. */
import { element, icon, mark, write } from "../../element.js";
import { SEVERITY_WORDS } from "../severity.js";
import { RuleList } from "./rule-list.js";
import { CHIP_WORDS, chipSign, countWords, orderChips } from "./words.js";

/** @typedef {import("../../types.js").HealthJson} HealthJson */
/** @typedef {import("../../types.js").ChipJson} ChipJson */
/** @typedef {{open: (alert: number) => void, menu: (at: HTMLElement) => void, resume: () => void}} StripActions */

const SPEAKING = new Set(["firing", "pending", "failed", "resolved"]);
const MOST_CHIPS = 10;

export class Strip {
  /** @param {HTMLElement} root @param {StripActions} actions */
  constructor(root, actions) {
    this.root = root;
    this.actions = actions;
    this.key = "";
    this.sum = element("p", { class: "health-sum" });
    this.chips = element("ul", { class: "health-chips", "aria-label": "Rules that have something to say" });
    this.restWord = element("span", {});
    this.rest = element(
      "button",
      { class: "health-rest", type: "button", "aria-expanded": "false", onclick: () => this.toggle() },
      this.restWord,
      icon("chevron"),
    );
    this.resume = element("button", { class: "button", type: "button", onclick: () => actions.resume() }, "Resume");
    const menu = element(
      "button",
      { class: "icon-button health-menu", type: "button", "aria-haspopup": "menu", "aria-label": "Health options" },
      icon("bell"),
    );
    menu.addEventListener("click", () => actions.menu(menu));
    this.list = new RuleList((alert) => actions.open(alert));
    this.list.element.hidden = true;
    const line = element("div", { class: "health-line" }, this.sum, this.chips, this.rest, this.resume, menu);
    root.replaceChildren(line, this.list.element);
  }

  /** @param {HealthJson} health */
  show(health) {
    const chips = orderChips(health.chips);
    const key = JSON.stringify([chips, health.paused]);
    if (key === this.key) return;
    this.key = key;
    const speaking = chips.filter((chip) => SPEAKING.has(chip.state));
    const shown = speaking.slice(0, MOST_CHIPS);
    const firing = chips.filter((chip) => chip.state === "firing");
    const worst = firing[0]?.severity ?? (chips.length ? "ok" : "not_checked");
    mark(this.root, "data-worst", health.paused ? "paused" : worst);
    this.resume.hidden = !health.paused;
    this.sum.replaceChildren(icon(health.paused ? "pause" : worst), sumWords(health, firing));
    this.chips.replaceChildren(...shown.map((chip) => element("li", {}, this.chip(chip))));
    this.chips.hidden = shown.length === 0;
    write(this.restWord, countWords(chips.filter((chip) => !shown.includes(chip))));
    this.rest.hidden = chips.length === 0;
    this.list.show(chips);
  }

  /** @param {ChipJson} chip */
  chip(chip) {
    const word = chip.state === "firing" ? SEVERITY_WORDS[chip.severity ?? "warning"] : CHIP_WORDS[chip.state];
    const act = () => (chip.alert_id === null ? this.reveal(chip.rule) : this.actions.open(chip.alert_id));
    return element(
      "button",
      {
        class: "chip",
        type: "button",
        "data-rule": chip.rule,
        "data-state": chip.state,
        "data-severity": chip.severity,
        title: chip.reason || null,
        onclick: act,
      },
      icon(chipSign(chip)),
      element("span", { class: "chip-title" }, chip.title),
      element("span", { class: "chip-word" }, word),
    );
  }

  /** Show or hide every rule. @param {boolean} [open] */
  toggle(open = this.list.element.hidden) {
    this.list.element.hidden = !open;
    mark(this.rest, "aria-expanded", String(open));
  }

  /** @param {string} rule */
  reveal(rule) {
    this.toggle(true);
    this.list.reveal(rule);
  }
}

/** Say in a few words how the run is. @param {HealthJson} health @param {ChipJson[]} firing */
function sumWords({ paused, chips }, firing) {
  if (paused) return "Health checks paused";
  if (!chips.length) return "No checks yet: they begin with the first epoch";
  if (!firing.length) return chips.some((chip) => chip.state === "ok") ? "All quiet" : "Nothing could be checked yet";
  const counts = ["critical", "warning", "info"].map((severity) => [
    severity,
    firing.filter((chip) => chip.severity === severity).length,
  ]);
  return counts
    .filter(([, count]) => count)
    .map(([severity, count]) => `${count} ${severity}${severity === "warning" && count !== 1 ? "s" : ""}`)
    .join(", ");
}
