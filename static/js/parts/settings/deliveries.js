// @ts-check
/** The log of deliveries: what was sent, what waits, what was not taken and why. */
import { showAge } from "../../clock.js";
import { element, icon } from "../../element.js";
import { formatClock } from "../../format.js";
import { DELIVERY_STATES, outcomeOf } from "./words.js";

/** @typedef {import("./words.js").Delivery} Delivery */
/** @typedef {import("./words.js").Notifier} Notifier */

/**
 * Show deliveries, newest first; those that are open stay open.
 * @param {HTMLElement} root
 * @param {Delivery[]} deliveries
 * @param {Map<number, Notifier>} notifiers
 * @param {(delivery: Delivery) => void} retry
 */
export function showDeliveries(root, deliveries, notifiers, retry) {
  const open = new Set([...root.querySelectorAll("details[open]")].map((one) => one.getAttribute("data-delivery")));
  const lines = deliveries.map((delivery) => {
    const line = deliveryLine(delivery, notifiers.get(delivery.notifier)?.name ?? "", retry);
    line.open = open.has(delivery.id);
    return line;
  });
  const empty = element("p", { class: "deliveries-none quiet" }, "Nothing yet: no alert has fired since.");
  root.replaceChildren(...(lines.length ? lines : [empty]));
}

/** @param {Delivery} delivery @param {string} name @param {(delivery: Delivery) => void} retry */
function deliveryLine(delivery, name, retry) {
  const [sign, word] = DELIVERY_STATES[delivery.state];
  const age = element("span", { class: "delivery-age number quiet" });
  showAge(age, delivery.sent_ms ?? delivery.created_ms, null);
  const again = element(
    "button",
    {
      class: "button",
      type: "button",
      onclick: (event) => {
        event.preventDefault();
        retry(delivery);
      },
    },
    "Try again",
  );
  return element(
    "details",
    { class: "delivery", role: "listitem", "data-delivery": delivery.id, "data-state": delivery.state },
    element(
      "summary",
      { class: "delivery-head" },
      element("span", { class: "delivery-state" }, icon(sign), word),
      element("span", { class: "delivery-title" }, delivery.title),
      element("span", { class: "delivery-to quiet" }, name),
      age,
      element("span", { class: "delivery-outcome" }, outcomeOf(delivery, formatClock(delivery.due_ms, Date.now()))),
      delivery.state === "failed" && again,
    ),
    element("pre", { class: "code delivery-body" }, delivery.body || "The message is written when it is sent."),
  );
}
