// @ts-check
/** Notices which alerts are looked at: in view, on a visible page, for long enough to be read. */

const READ_AFTER_MS = 1000;

export class Looking {
  /** @param {(ids: number[]) => void} onLooked  told of several at once */
  constructor(onLooked) {
    this.onLooked = onLooked;
    /** @type {Map<Element, number>} waiting to be looked at */
    this.waiting = new Map();
    /** @type {Set<Element>} */
    this.inView = new Set();
    this.timer = 0;
    this.observer = new IntersectionObserver((entries) => this.notice(entries), { threshold: 0.9 });
    document.addEventListener("visibilitychange", () => this.plan());
  }

  /** @param {Element} line @param {number} id */
  watch(line, id) {
    this.waiting.set(line, id);
    this.observer.observe(line);
  }

  /** @param {IntersectionObserverEntry[]} entries */
  notice(entries) {
    for (const { target, isIntersecting } of entries)
      if (isIntersecting) this.inView.add(target);
      else this.inView.delete(target);
    this.plan();
  }

  plan() {
    clearTimeout(this.timer);
    if (this.inView.size && !document.hidden) this.timer = setTimeout(() => this.tell(), READ_AFTER_MS);
  }

  tell() {
    const ids = [...this.inView].flatMap((line) => this.waiting.get(line) ?? []);
    for (const line of this.inView) {
      this.observer.unobserve(line);
      this.waiting.delete(line);
    }
    this.inView.clear();
    if (ids.length) this.onLooked(ids);
  }
}
