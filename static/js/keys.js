// @ts-check
/** Keys that act on the whole page; none acts while somebody types. */

/**
 * Bind single keys, as `KeyboardEvent.key` names them.
 * @param {Record<string, (event: KeyboardEvent) => void>} actions
 * @returns {() => void}  unbinds them
 */
export function bindKeys(actions) {
  /** @param {KeyboardEvent} event */
  const act = (event) => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
    const action = actions[event.key];
    if (!action || isTyping(event.target) || document.querySelector("dialog[open], :popover-open")) return;
    if (isTheControls(event.key, event.target)) return;
    event.preventDefault();
    action(event);
  };
  document.addEventListener("keydown", act);
  return () => document.removeEventListener("keydown", act);
}

/** @param {EventTarget | null} target */
function isTyping(target) {
  if (!(target instanceof HTMLElement)) return false;
  if (target instanceof HTMLInputElement) return !["checkbox", "range", "button"].includes(target.type);
  return target instanceof HTMLTextAreaElement || target instanceof HTMLSelectElement || target.isContentEditable;
}

/** Enter and space belong to the control that has the focus; on a link space does nothing of its own. @param {string} key @param {EventTarget | null} target */
function isTheControls(key, target) {
  if (!(target instanceof Element)) return false;
  if (key === "Enter") return target.closest("a, button, input, summary, select") !== null;
  return key === " " && target.closest("button, input, summary, select") !== null;
}
