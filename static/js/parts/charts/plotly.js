// @ts-check
/** Plotly, loaded once when the first chart needs it, and the figure's colour names turned into the theme's colours. */

/** @type {Promise<any> | null} */
let loading = null;

/**
 * Load Plotly's script.
 * @param {string} url
 * @returns {Promise<any>}
 */
export function loadPlotly(url) {
  loading ??= new Promise((resolve, reject) => {
    const restore = lendNonce();
    styleByRule();
    const script = document.createElement("script");
    script.src = url;
    script.onload = () => {
      restore();
      resolve(/** @type {any} */ (window).Plotly);
    };
    script.onerror = () => {
      restore();
      loading = null;
      reject(new Error("The drawing library did not load."));
    };
    document.head.append(script);
  });
  return loading;
}

/**
 * Load Plotly as soon as the page is painted, and do not wait until a chart needs it: reading the script takes longer than
 * everything else that a chart waits for.
 * @param {string} url
 */
export function loadPlotlySoon(url) {
  if (!document.hidden) requestAnimationFrame(() => setTimeout(() => loadPlotly(url).catch(() => {})));
}

/**
 * The full bundle adds a style element for its maps while it loads. It gets the page's nonce, so that the policy has
 * nothing to report; there is no other way to hand it one.
 * @returns {() => void}  puts everything back
 */
function lendNonce() {
  const nonce = /** @type {HTMLElement | null} */ (document.getElementById("plotly.js-style-global"))?.nonce;
  const make = document.createElement;
  document.createElement = (/** @type {string} */ tag, /** @type {any} */ options) => {
    const made = make.call(document, tag, options);
    if (tag === "style" && nonce) made.nonce = nonce;
    return made;
  };
  return () => {
    document.createElement = make;
  };
}

/**
 * Plotly writes the raised exponent of a log axis as a span with a style attribute, which the policy blocks; set through
 * the style object the same words are allowed. Only spans of SVG text are concerned.
 */
function styleByRule() {
  const set = Element.prototype.setAttribute;
  SVGTSpanElement.prototype.setAttribute = function (/** @type {string} */ name, /** @type {string} */ value) {
    if (name === "style") this.style.cssText = value;
    else set.call(this, name, value);
  };
}

let family = "";

/** The page's font, asked for once: asking makes the browser work out every style that changed since. */
export function pageFont() {
  family ||= getComputedStyle(document.body).fontFamily;
  return family;
}

/** @type {Map<string, string>} */
const colours = new Map();

/** Forget the colours of the theme that was. */
export function forgetColours() {
  colours.clear();
}

/**
 * The value of a colour token as #rrggbb or rgba(): painted on one pixel and read back, for a mixed colour computes to a
 * form that Plotly cannot read.
 * @param {string} name  without its dashes
 */
export function colour(name) {
  const known = colours.get(name);
  if (known) return known;
  const pen = /** @type {CanvasRenderingContext2D} */ (
    Object.assign(document.createElement("canvas"), { width: 1, height: 1 }).getContext("2d")
  );
  const probe = document.createElement("span");
  probe.style.color = `var(--${name})`;
  document.body.append(probe);
  pen.fillStyle = getComputedStyle(probe).color;
  probe.remove();
  pen.fillRect(0, 0, 1, 1);
  const [red, green, blue, alpha] = pen.getImageData(0, 0, 1, 1).data;
  const value = `rgba(${red},${green},${blue},${Math.round((alpha / 255) * 100) / 100})`;
  colours.set(name, value);
  return value;
}

/**
 * Copy a figure's part with every `token:x` replaced. Arrays of numbers are shared, not copied.
 * @param {any} value
 * @returns {any}
 */
export function resolveTokens(value) {
  if (typeof value === "string") return value.startsWith("token:") ? resolveOne(value.slice(6)) : value;
  // Numbers are left alone for speed; a colour scale is pairs of a number and a colour.
  if (Array.isArray(value)) {
    return typeof value[0] === "number" && typeof value[1] !== "string" ? value : value.map(resolveTokens);
  }
  if (value === null || typeof value !== "object" || ArrayBuffer.isView(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => [name, name === "x" || name === "y" ? inner : resolveTokens(inner)]),
  );
}

/** A token may carry an opacity: `run/0.15`. @param {string} name */
function resolveOne(name) {
  const [token, opacity] = name.split("/");
  const solid = colour(token);
  return opacity ? solid.replace(/,[\d.]+\)$/, `,${opacity})`) : solid;
}
