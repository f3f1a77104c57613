// @ts-check
/** Elements made in one line. Text always goes in as text: nothing here reads markup. */

const SVG = "http://www.w3.org/2000/svg";

/** @typedef {Node | string | null | undefined | false} Child */
/** @typedef {Record<string, string | number | boolean | null | undefined | EventListener>} Attributes */

/**
 * Make an element. Attributes: `class`, `data-x`, `aria-x` ... as in markup; `onclick` and the like take a function;
 * null, undefined and false leave an attribute out; true writes it empty.
 * @template {keyof HTMLElementTagNameMap} T
 * @param {T} tag
 * @param {Attributes} [attributes]
 * @param {...Child} children
 * @returns {HTMLElementTagNameMap[T]}
 */
export function element(tag, attributes = {}, ...children) {
  return fill(document.createElement(tag), attributes, children);
}

/**
 * Make an SVG element.
 * @param {string} tag
 * @param {Attributes} [attributes]
 * @param {...Child} children
 */
export function drawn(tag, attributes = {}, ...children) {
  return fill(document.createElementNS(SVG, tag), attributes, children);
}

/**
 * Show a symbol of the page's sprite (templates/parts/icons.html).
 * @param {string} name
 */
export function icon(name) {
  return drawn(
    "svg",
    { class: "icon", viewBox: "0 0 16 16", "aria-hidden": "true" },
    drawn("use", { href: `#icon-${name}` }),
  );
}

/**
 * Find the one element of a part; a part that is missing is a mistake of the template.
 * @param {ParentNode} root
 * @param {string} name
 * @returns {HTMLElement}
 */
export function part(root, name) {
  const found = /** @type {HTMLElement | null} */ (root.querySelector(`[data-part="${name}"]`));
  if (!found) throw new Error(`no part "${name}" on this page`);
  return found;
}

/**
 * Write text only when it changed: an untouched node costs no layout.
 * @param {Node} node
 * @param {string} text
 */
export function write(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

/**
 * Set an attribute, or take it away with null; does nothing when it stands so already.
 * @param {Element} target
 * @param {string} name
 * @param {string | null} value
 */
export function mark(target, name, value) {
  if (value === null) target.removeAttribute(name);
  else if (target.getAttribute(name) !== value) target.setAttribute(name, value);
}

/**
 * Put a child before another, or last; one that is moved keeps the focus and its state where the browser can do that.
 * @param {Element} parent
 * @param {Element} child
 * @param {Element | null} next
 */
export function put(parent, child, next) {
  const canMove = parent.isConnected && child.isConnected && "moveBefore" in parent;
  if (canMove) /** @type {any} */ (parent).moveBefore(child, next);
  else parent.insertBefore(child, next);
}

/**
 * @template {Element} E
 * @param {E} made
 * @param {Attributes} attributes
 * @param {Child[]} children
 * @returns {E}
 */
function fill(made, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") made.addEventListener(name.slice(2), value);
    else if (value !== null && value !== undefined && value !== false)
      made.setAttribute(name, value === true ? "" : String(value));
  }
  for (const child of children) if (child) made.append(child);
  return made;
}
