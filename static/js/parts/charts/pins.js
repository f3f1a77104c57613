// @ts-check
/** The alert pins of a drawn chart, made into buttons that stand on them: they can be pressed, by keyboard too. */
import { element, mark } from "../../element.js";

const SIZE = 18; // a pin is smaller than what a finger or a pointer can hit

/**
 * Stand a button on each pin that is in sight.
 * @param {HTMLElement} root
 * @param {HTMLElement} surface  as Plotly drew it
 * @param {{data: any[]}} figure
 * @param {(alert: number) => void} onAlert
 */
export function placePins(root, surface, figure, onAlert) {
  const trace = figure.data.find((one) => one.meta?.part === "pins");
  const { xaxis, yaxis } = /** @type {any} */ (surface)._fullLayout ?? {};
  if (!trace || !xaxis?.l2p) return root.replaceChildren();
  const places = trace.x.map((/** @type {number} */ x) => Math.round(xaxis._offset + xaxis.l2p(x)));
  const isIn = (/** @type {number} */ at) => at >= xaxis._offset - 1 && at <= xaxis._offset + xaxis._length + 1;
  const key = JSON.stringify([trace.customdata, trace.hovertext]);
  if (root.dataset.key !== key) {
    root.dataset.key = key;
    root.replaceChildren(...trace.customdata.map((_, /** @type {number} */ place) => pin(trace, place, onAlert)));
  }
  [...root.children].forEach((button, place) => {
    /** @type {HTMLElement} */ (button).hidden = !isIn(places[place]);
    /** @type {HTMLElement} */ (button).style.transform =
      `translate(${places[place] - SIZE / 2}px, ${yaxis._offset - SIZE / 2}px)`;
  });
}

/** @param {any} trace @param {number} place @param {(alert: number) => void} onAlert */
function pin(trace, place, onAlert) {
  const [alert, severity] = trace.customdata[place];
  const text = plain(trace.hovertext[place]);
  const button = element("button", { class: "chart-pin", type: "button", title: text, "aria-label": text });
  mark(button, "data-severity", severity);
  button.addEventListener("click", () => onAlert(alert));
  return button;
}

/** Plotly's text is escaped; a title is not. @param {string} text */
const plain = (text) =>
  text.replaceAll("<br>", "\n").replaceAll("&#36;", "$").replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&amp;", "&");
