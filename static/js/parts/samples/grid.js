// @ts-check
/** The cards of an epoch's samples; of many only those near the window are drawn. */
import { SampleCard } from "./card.js";

/** @typedef {import("../../types.js").Sample} Sample */
/** @typedef {import("./card.js").Course} Course */

const NEAR = "300px"; // how far around the window cards are drawn
const DRAWN_AT_ONCE = 16; // so few that looking which are near would cost more

export class Grid {
  /** @param {HTMLElement} root @param {{open: (id: string) => void, courseOf: (id: string) => Course}} options */
  constructor(root, { open, courseOf }) {
    this.root = root;
    this.open = open;
    this.courseOf = courseOf;
    /** @type {Map<string, {card: SampleCard, sample: Sample | null, isNear: boolean, isDrawn: boolean}>} */
    this.held = new Map();
    this.isFew = true;
    this.seen = new IntersectionObserver((entries) => this.look(entries), { rootMargin: NEAR });
  }

  /** Cards stay with their sample from epoch to epoch, so that only what changed moves. @param {Sample[]} samples */
  show(samples) {
    this.isFew = samples.length <= DRAWN_AT_ONCE;
    const wanted = new Set(samples.map((sample) => sample.id));
    for (const [id, { card }] of this.held)
      if (!wanted.has(id)) {
        this.seen.unobserve(card.element);
        card.element.remove();
        this.held.delete(id);
      }
    samples.forEach((sample, place) => {
      const one = this.held.get(sample.id) ?? this.make(sample);
      one.sample = sample;
      one.isDrawn = false;
      if (one.isNear || this.isFew) this.draw(one);
      const { element } = one.card;
      if (this.root.children[place] !== element) this.root.insertBefore(element, this.root.children[place] ?? null);
    });
  }

  /** @param {Sample} sample */
  make(sample) {
    const card = new SampleCard({ input: true, onOpen: () => this.open(sample.id) });
    card.element.dataset.id = sample.id;
    const made = { card, sample, isNear: false, isDrawn: false };
    this.held.set(sample.id, made);
    this.seen.observe(card.element);
    return made;
  }

  /** @param {{card: SampleCard, sample: Sample | null, isDrawn: boolean}} one */
  draw(one) {
    one.isDrawn = true;
    if (one.sample) one.card.show(one.sample, this.courseOf(one.sample.id));
  }

  /** @param {IntersectionObserverEntry[]} entries */
  look(entries) {
    for (const { target, isIntersecting } of entries) {
      const one = this.held.get(/** @type {HTMLElement} */ (target).dataset.id ?? "");
      if (!one) continue;
      one.isNear = isIntersecting;
      if (isIntersecting && !one.isDrawn) this.draw(one);
    }
  }
}
