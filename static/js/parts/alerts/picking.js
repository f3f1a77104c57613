// @ts-check
/** Alerts picked for something to be done to all of them, with the bar that says so. */
import { part, write } from "../../element.js";

/** @typedef {import("./feed.js").AlertsFeed} AlertsFeed */
/** @typedef {import("../../types.js").AlertJson} AlertJson */

export class Picking {
  /**
   * @param {ParentNode} root
   * @param {AlertsFeed} feed
   * @param {import("./known-alerts.js").KnownAlerts} known
   * @param {(alerts: AlertJson[]) => void} acknowledge
   */
  constructor(root, feed, known, acknowledge) {
    this.feed = feed;
    this.known = known;
    this.acknowledge = acknowledge;
    this.bar = part(root, "selection");
    this.count = part(root, "selection-count");
    /** @type {number | null} */
    this.last = null;
    part(root, "selection-acknowledge").addEventListener("click", () => this.acknowledgeAll());
    part(root, "selection-clear").addEventListener("click", () => this.clear());
  }

  /** @param {number[]} ids @param {boolean} isPicked */
  set(ids, isPicked) {
    for (const id of ids) isPicked ? this.feed.selected.add(id) : this.feed.selected.delete(id);
    this.known.onChange();
  }

  /** Pick one; with shift, all from the last one to it. @param {number} id @param {boolean} isPicked @param {boolean} isRange */
  one(id, isPicked, isRange) {
    const order = this.feed.order();
    const [from, to] = [order.indexOf(this.last ?? id), order.indexOf(id)].sort((a, b) => a - b);
    this.set(isRange && from >= 0 ? order.slice(from, to + 1) : [id], isPicked);
    this.last = id;
  }

  /** Pick all under a heading, those folded away too. @param {string} key @param {boolean} isPicked */
  group(key, isPicked) {
    const of = (/** @type {AlertJson} */ alert) => (this.feed.by === "run" ? alert.run : alert.rule);
    const found = this.known.shown().filter((alert) => of(alert) === key);
    this.set(
      found.map((alert) => alert.id),
      isPicked,
    );
  }

  clear() {
    this.set([...this.feed.selected], false);
  }

  /** Acknowledge what is picked, or else the one at the cursor. */
  acknowledgeAll() {
    const { selected, cursor } = this.feed;
    const chosen = selected.size ? [...selected] : cursor === null ? [] : [cursor];
    const open = chosen.flatMap((id) => this.known.alerts.get(id) ?? []).filter((one) => one.acknowledged_ms === null);
    this.clear();
    if (open.length) this.acknowledge(open);
  }

  show() {
    const { size } = this.feed.selected;
    this.bar.hidden = size === 0;
    write(this.count, `${size} selected`);
  }
}
