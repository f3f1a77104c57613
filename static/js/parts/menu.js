// @ts-check
/** A menu of things to do with something, opened at the button that asked for it. */
import { element, icon } from "../element.js";

/** @typedef {{word: string, sign: string, act: () => void, look?: "danger"} | "rule"} MenuItem */

/**
 * Open a menu below a button; arrows move, Escape and a click elsewhere close it.
 * @param {HTMLElement} at
 * @param {MenuItem[]} items
 */
export function openMenu(at, items) {
  const menu = element("div", { class: "menu", role: "menu", popover: "auto" });
  for (const item of items) {
    if (item === "rule") menu.append(element("hr", { class: "menu-rule" }));
    else {
      const act = () => {
        menu.hidePopover();
        item.act();
      };
      menu.append(
        element(
          "button",
          { class: "menu-item", type: "button", role: "menuitem", "data-look": item.look, onclick: act },
          icon(item.sign),
          item.word,
        ),
      );
    }
  }
  menu.addEventListener("keydown", (event) => move(menu, event));
  menu.addEventListener("toggle", (event) => {
    if (/** @type {ToggleEvent} */ (event).newState !== "closed") return;
    if (menu.contains(document.activeElement)) at.focus();
    at.removeAttribute("aria-expanded");
    menu.remove();
  });
  document.body.append(menu);
  menu.showPopover();
  at.setAttribute("aria-expanded", "true");
  settle(menu, at.getBoundingClientRect());
  /** @type {HTMLElement} */ (menu.querySelector("button")).focus();
}

/** Below the button, above it when there is no room; never outside the window. @param {HTMLElement} menu @param {DOMRect} box */
function settle(menu, box) {
  const { offsetWidth: width, offsetHeight: height } = menu;
  const below = box.bottom + 4 + height <= innerHeight;
  menu.style.left = `${Math.max(8, Math.min(box.right - width, innerWidth - width - 8))}px`;
  menu.style.top = `${below ? box.bottom + 4 : Math.max(8, box.top - height - 4)}px`;
}

/** @param {HTMLElement} menu @param {KeyboardEvent} event */
function move(menu, event) {
  const by = { ArrowDown: 1, ArrowUp: -1, j: 1, k: -1 }[event.key];
  if (!by) return;
  event.preventDefault();
  const buttons = [...menu.querySelectorAll("button")];
  const at = buttons.indexOf(/** @type {HTMLButtonElement} */ (document.activeElement));
  buttons[(at + by + buttons.length) % buttons.length].focus();
}
