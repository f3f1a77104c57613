// @ts-check
/** Chips that narrow the table: one for each word, with the count of what it would show. */
import { element, icon, mark, write } from "../../element.js";

export class Chips {
  /**
   * @param {HTMLElement} root
   * @param {string} name  what the chips say of themselves: `data-<name>`
   * @param {Record<string, string>} words
   * @param {(chosen: string) => void} onChange  the chosen ones, joined by commas
   */
  constructor(root, name, words, onChange) {
    this.root = root;
    this.name = name;
    this.words = words;
    this.onChange = onChange;
    this.chosen = "";
    /** @type {Map<string, HTMLButtonElement>} */
    this.chips = new Map();
  }

  /** @param {[string, number][]} counts @param {string} chosen */
  show(counts, chosen) {
    this.chosen = chosen;
    const chips = counts.map(([key, count]) => {
      const chip = this.chips.get(key) ?? this.make(key);
      write(/** @type {Element} */ (chip.lastElementChild), String(count));
      mark(chip, "aria-pressed", String(chosen.split(",").includes(key)));
      return chip;
    });
    const { children } = this.root;
    if (chips.length !== children.length || chips.some((chip, place) => children[place] !== chip))
      this.root.replaceChildren(...chips);
  }

  /** @param {string} key */
  make(key) {
    const toggle = () => {
      const chosen = this.chosen.split(",").filter(Boolean);
      this.onChange((chosen.includes(key) ? chosen.filter((one) => one !== key) : [...chosen, key]).join(","));
    };
    const sign = key === "unread" ? element("span", { class: "unread" }) : icon(key);
    const chip = element(
      "button",
      { class: "state-filter", type: "button", [`data-${this.name}`]: key, onclick: toggle },
      sign,
      this.words[key] ?? key,
      element("span", { class: "number state-filter-count" }),
    );
    this.chips.set(key, chip);
    return chip;
  }
}
