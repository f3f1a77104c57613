// @ts-check
/** What acts on all charts at once: filter, axis, scale, smoothing, zoom. */
import { mark, part, write } from "../../element.js";
import { formatCount, formatDuration } from "../../format.js";

/** @typedef {import("../run/run-view.js").RunView} RunView */

const TYPING_MS = 200;

/**
 * @param {(change: Partial<RunView>) => void} setView
 * @returns {{show: (view: RunView) => void, focusFilter: () => void}}
 */
export function bindTools(setView) {
  const filter = /** @type {HTMLInputElement} */ (part(document, "filter"));
  const smooth = /** @type {HTMLInputElement} */ (part(document, "smooth"));
  const log = part(document, "log");
  const axis = part(document, "axis");
  let timer = 0;
  filter.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(() => setView({ q: filter.value.trim() }), TYPING_MS);
  });
  filter.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    if (!filter.value) return filter.blur();
    filter.value = "";
    setView({ q: "" });
  });
  axis.addEventListener("click", (event) => {
    const choice = /** @type {HTMLElement | null} */ (
      /** @type {HTMLElement} */ (event.target).closest("[data-value]")
    );
    if (choice) setView({ x: choice.dataset.value, from: "", to: "" });
  });
  log.addEventListener("click", () =>
    setView({ scale: log.getAttribute("aria-pressed") === "true" ? "linear" : "log" }),
  );
  smooth.addEventListener("input", () => setView({ smooth: String(Number(smooth.value)) }));
  part(document, "zoom-reset").addEventListener("click", () => setView({ from: "", to: "" }));
  return { show, focusFilter: () => filter.focus() };
}

/** @param {RunView} view */
function show(view) {
  const filter = /** @type {HTMLInputElement} */ (part(document, "filter"));
  if (document.activeElement !== filter) filter.value = view.q;
  for (const choice of part(document, "axis").children)
    mark(choice, "aria-pressed", String(/** @type {HTMLElement} */ (choice).dataset.value === view.x));
  mark(part(document, "log"), "aria-pressed", String(view.scale === "log"));
  /** @type {HTMLInputElement} */ (part(document, "smooth")).value = view.smooth;
  write(part(document, "smooth-value"), view.smooth === "0" ? "off" : Number(view.smooth).toFixed(2));
  part(document, "zoom-reset").hidden = !view.from;
  const told =
    view.x === "time"
      ? (/** @type {string} */ edge) => formatDuration(Number(edge))
      : (/** @type {string} */ edge) => formatCount(Math.round(Number(edge)));
  write(part(document, "zoom-range"), view.from ? `${view.x} ${told(view.from)} to ${told(view.to)}` : "");
}
