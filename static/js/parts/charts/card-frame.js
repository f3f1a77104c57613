// @ts-check
/** What a chart's card is made of: its head, and a body in which surface, cursor, pins and message lie over one another. */
import { element } from "../../element.js";
import { cardHead } from "./card-head.js";

/** @param {import("./card.js").ChartCard} card  whose `latest` is there already */
export function cardFrame(card) {
  const { info, large } = card;
  const message = element("p", { class: "chart-message quiet", role: "status" });
  const surface = element("div", { class: "chart-plot" });
  const cursor = element("div", { class: "chart-cursor", "aria-hidden": "true" });
  const pins = element("div", { class: "chart-pins" });
  const frame = element(
    "article",
    { class: "chart", "data-chart": info.id, "data-large": large, "aria-label": info.title },
    cardHead(card),
    element("div", { class: "chart-body" }, surface, cursor, pins, message),
  );
  return { element: frame, message, surface, cursor, pins };
}

/** What went wrong, and a way to try again. @param {unknown} problem @param {() => void} again */
export function failure(problem, again) {
  const words = problem instanceof Error ? problem.message : String(problem);
  return [words, " ", element("button", { class: "button", type: "button", onclick: again }, "Try again")];
}
