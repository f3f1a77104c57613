// @ts-check
/** The run's alerts as cards: those that ask for somebody, the worst first and opened; the others folded below. */
import { element, put, write } from "../../element.js";
import { AlertCard } from "./alert-card.js";
import { isOpen, orderAlerts } from "./words.js";

/** @typedef {import("../../types.js").AlertJson} AlertJson */

export class AlertList {
  /** @param {HTMLElement} root @param {import("./health.js").Surroundings} around @param {import("./alert-actions.js").AlertActions} actions */
  constructor(root, around, actions) {
    this.root = root;
    this.around = around;
    this.actions = actions;
    /** @type {Map<number, AlertCard>} */
    this.cards = new Map();
    this.wasTouched = false; // once somebody opened or closed a card, new ones do not open by themselves
    this.loud = element("div", { class: "alerts-open" });
    this.sum = element("summary", { class: "alerts-sum" });
    this.quiet = element("div", { class: "alerts-quiet" });
    this.fold = element("details", { class: "alerts-fold" }, this.sum, this.quiet);
    root.replaceChildren(this.loud, this.fold);
    this.seen = new IntersectionObserver((entries) => this.look(entries), { threshold: 0.6 });
  }

  /** @param {AlertJson[]} alerts */
  show(alerts) {
    const ordered = orderAlerts(alerts);
    const open = ordered.filter(isOpen);
    const rest = ordered.filter((alert) => !isOpen(alert));
    this.place(this.loud, open);
    this.place(this.quiet, rest);
    for (const id of this.cards.keys()) if (!alerts.some((alert) => alert.id === id)) this.drop(id);
    this.fold.hidden = rest.length === 0;
    write(this.sum, restWords(rest));
    this.root.hidden = alerts.length === 0;
    if (!this.wasTouched && open.length && ![...this.cards.values()].some((card) => card.isExpanded))
      this.cards.get(open[0].id)?.expand(true);
  }

  /** @param {HTMLElement} into @param {AlertJson[]} alerts */
  place(into, alerts) {
    alerts.forEach((alert, at) => {
      const card = this.card(alert);
      card.show(alert);
      if (into.children[at] !== card.element) put(into, card.element, into.children[at] ?? null);
    });
  }

  /** @param {AlertJson} alert */
  card(alert) {
    const known = this.cards.get(alert.id);
    if (known) return known;
    const card = new AlertCard(alert, this.around, this.actions, (isExpanded) => {
      this.wasTouched = true;
      this.around.onOpen(isExpanded ? String(alert.id) : "");
    });
    this.cards.set(alert.id, card);
    this.seen.observe(card.head); // a whole card may be higher than the window
    return card;
  }

  /** @param {number} id */
  drop(id) {
    const card = this.cards.get(id);
    if (card) this.seen.unobserve(card.head);
    card?.destroy();
    this.cards.delete(id);
  }

  /** Open a card. @param {number} id @returns {boolean}  whether there is one */
  open(id) {
    const card = this.cards.get(id);
    if (!card) return false;
    this.wasTouched = true;
    if (this.quiet.contains(card.element)) this.fold.open = true;
    card.expand(true);
    this.around.onOpen(String(id));
    return true;
  }

  /** Bring a card into sight, and the focus with it. @param {number} id */
  reveal(id) {
    const card = this.cards.get(id);
    card?.element.scrollIntoView({ block: "start" });
    card?.head.focus({ preventScroll: true });
  }

  /** @param {IntersectionObserverEntry[]} entries */
  look(entries) {
    for (const entry of entries) {
      const card = [...this.cards.values()].find((one) => one.head === entry.target);
      if (card && entry.isIntersecting && !document.hidden) card.see();
    }
  }
}

/** @param {AlertJson[]} alerts */
function restWords(alerts) {
  const muted = alerts.filter((alert) => alert.phase === "firing" && alert.muted).length;
  const taken = alerts.filter((alert) => alert.phase === "firing" && !alert.muted).length;
  const resolved = alerts.length - muted - taken;
  /** @type {[number, string][]} */
  const counts = [
    [taken, "acknowledged"],
    [muted, "muted"],
    [resolved, "resolved"],
  ];
  return counts
    .filter(([count]) => count)
    .map(([count, word]) => `${count} ${word}`)
    .join(", ");
}
