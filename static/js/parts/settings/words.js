// @ts-check
/** What notifiers and deliveries are in words. Pure. */

/**
 * @typedef {object} KindField
 * @property {string} name
 * @property {string} label
 * @property {"text" | "secret" | "address" | "number" | "choice"} input
 * @property {string} hint
 * @property {string} default
 * @property {string[]} choices
 * @property {boolean} is_required
 */

/** @typedef {{id: string, title: string, about: string, schemas: string[], fields: KindField[]}} Kind */

/**
 * @typedef {object} Delivery
 * @property {string} id
 * @property {number} notifier
 * @property {string | null} run
 * @property {string} title
 * @property {string} body
 * @property {"held" | "waiting" | "sent" | "failed" | "dropped"} state
 * @property {number} attempts
 * @property {number} due_ms
 * @property {number | null} sent_ms
 * @property {string} answer
 * @property {number} created_ms
 */

/**
 * @typedef {object} Notifier
 * @property {number} id
 * @property {string} name
 * @property {string} kind
 * @property {string} kind_title
 * @property {string} where
 * @property {string} url  the scheme; the rest is kept back
 * @property {"warning" | "critical"} severity
 * @property {string[]} projects
 * @property {boolean} is_on
 * @property {string | null} quiet_from
 * @property {string | null} quiet_until
 * @property {string} timezone
 * @property {boolean} quiet_holds_critical
 * @property {number} cool_down_seconds
 * @property {boolean} sends_resolved
 * @property {Delivery | null} [last]
 * @property {number} [waiting]
 * @property {number} [failed]
 */

/** Seconds of a cool-down that can be chosen, with their words. @type {[number, string][]} */
export const COOL_DOWNS = [
  [0, "None"],
  [60, "1 minute"],
  [300, "5 minutes"],
  [900, "15 minutes"],
  [3600, "1 hour"],
  [21600, "6 hours"],
];

/** @type {Record<Delivery["state"], [string, string]>} sign and word of each state */
export const DELIVERY_STATES = {
  held: ["pending", "Held"],
  waiting: ["pending", "Waiting"],
  sent: ["ok", "Sent"],
  failed: ["failed", "Failed"],
  dropped: ["off", "Not sent"],
};

/** Say what a notifier is told, and when. @param {Notifier} notifier @returns {string[]} */
export function termsOf(notifier) {
  const coolDown = COOL_DOWNS.find(([seconds]) => seconds === notifier.cool_down_seconds)?.[1];
  return [
    notifier.projects.length ? notifier.projects.join(", ") : "All projects",
    notifier.sends_resolved ? "Also when it is over" : "",
    notifier.quiet_from ? `Quiet ${notifier.quiet_from}–${notifier.quiet_until} ${notifier.timezone}` : "",
    notifier.quiet_from && !notifier.quiet_holds_critical ? "critical comes through" : "",
    notifier.cool_down_seconds ? `Cool-down ${coolDown ?? `${notifier.cool_down_seconds} s`}` : "",
  ].filter(Boolean);
}

/**
 * Say where a delivery stands beyond its state: why it waits, or what the other end said.
 * @param {Delivery} delivery
 * @param {string} dueClock  when it is due, as a clock shows it
 */
export function outcomeOf(delivery, dueClock) {
  const answer = delivery.answer.replace(/\.$/, "");
  if (delivery.state === "held") return `${answer || "Waits for what belongs to it"} · until ${dueClock}`;
  if (delivery.state === "waiting" && delivery.attempts > 0)
    return `${answer} · tried ${times(delivery.attempts)}, again at ${dueClock}`;
  if (delivery.state === "failed") return `${answer} · given up after ${times(delivery.attempts)}`;
  return delivery.answer;
}

/** @param {number} count */
const times = (count) => (count === 1 ? "once" : `${count} times`);
