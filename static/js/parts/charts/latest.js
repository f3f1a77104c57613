// @ts-check
/** The newest value of every metric; the heads of the charts in sight tell it, at most once a frame. */

/** @typedef {import("../../format.js").Value} Value */
/** @typedef {import("./card.js").ChartCard} ChartCard */

/** @extends {Map<string, Value>} */
export class Latest extends Map {
  /** @param {() => ChartCard[]} cards */
  constructor(cards) {
    super();
    this.cards = cards;
    this.frame = 0;
  }

  /** The server listed the run's series. @param {{metric: string, last: Value}[]} series */
  take(series) {
    for (const one of series) this.set(one.metric, one.last);
    for (const card of this.cards()) card.showLatest();
  }

  /** @param {import("../../types.js").PointsEvent} event */
  hear(event) {
    for (const [metric, slice] of Object.entries(event.series)) this.set(metric, slice.values.at(-1));
    for (const [metric, points] of Object.entries(event.epochs)) this.set(metric, points.at(-1)?.value);
    this.frame ||= requestAnimationFrame(() => this.tell());
  }

  tell() {
    this.frame = 0;
    for (const card of this.cards()) if (card.hasNews && card.isVisible) card.showLatest();
  }
}
