// @ts-check
/** Every rule with what it last came to, and why: what the strip sums up. */
import { element, icon } from "../../element.js";
import { SEVERITY_WORDS } from "../severity.js";
import { CHIP_WORDS, chipSign } from "./words.js";

/** @typedef {import("../../types.js").ChipJson} ChipJson */

export class RuleList {
  /** @param {(alert: number) => void} onAlert */
  constructor(onAlert) {
    this.onAlert = onAlert;
    this.element = element("div", { class: "rule-list", role: "region", "aria-label": "Every rule" });
  }

  /** @param {ChipJson[]} chips  in order */
  show(chips) {
    const states = [...new Set(chips.map((chip) => chip.state))];
    this.element.replaceChildren(
      ...states.map((state) => {
        const some = chips.filter((chip) => chip.state === state);
        const name = `${CHIP_WORDS[state] ?? state} `;
        return element(
          "section",
          { class: "rule-group" },
          element("h3", { class: "rule-group-title" }, name, element("span", { class: "number quiet" }, `${some.length}`)),
          element("ul", { class: "rule-group-rows" }, ...some.map((chip) => this.row(chip))),
        );
      }),
    );
  }

  /** @param {ChipJson} chip */
  row(chip) {
    const { alert_id: alert } = chip;
    const word = chip.state === "firing" ? SEVERITY_WORDS[chip.severity ?? "warning"] : (CHIP_WORDS[chip.state] ?? "");
    const title =
      alert === null
        ? element("span", { class: "rule-row-title" }, chip.title)
        : element(
            "button",
            { class: "rule-row-title rule-row-alert", type: "button", onclick: () => this.onAlert(alert) },
            chip.title,
          );
    return element(
      "li",
      { class: "rule-row", "data-rule": chip.rule, "data-state": chip.state, "data-severity": chip.severity, tabindex: "-1" },
      icon(chipSign(chip)),
      element("span", { class: "unseen" }, word),
      title,
      chip.reason && element("span", { class: "rule-row-reason" }, chip.reason),
    );
  }

  /** Bring a rule's row into sight. @param {string} rule */
  reveal(rule) {
    const row = /** @type {HTMLElement | null} */ (this.element.querySelector(`[data-rule="${CSS.escape(rule)}"]`));
    row?.scrollIntoView({ block: "nearest" });
    row?.focus({ preventScroll: true });
  }
}
