// @ts-check
/** Zoom and pan of pictures that move together: wheel, drag, two fingers, and by keys of whoever holds it. */

const MOST = 16;

export class Zoom {
  /** @param {HTMLElement} stage  hears the pointer @param {HTMLElement[]} panels  each with one `.sample-zoom` inside */
  constructor(stage, panels) {
    this.panels = panels;
    this.scale = 1;
    this.x = this.y = 0; // of the window over the picture, its left upper corner in shares of the picture
    /** @type {Map<number, {x: number, y: number}>} */
    this.fingers = new Map();
    stage.addEventListener("wheel", (event) => {
      event.preventDefault();
      this.by(Math.exp(-event.deltaY / 400), this.shareAt(event));
    }, { passive: false });
    stage.addEventListener("pointerdown", (event) => this.press(event));
    stage.addEventListener("pointermove", (event) => this.move(event));
    for (const end of /** @type {const} */ (["pointerup", "pointercancel"]))
      stage.addEventListener(end, (event) => this.fingers.delete(event.pointerId));
    stage.addEventListener("dblclick", () => this.reset());
  }

  /** Zoom by a factor; what stands at a share of the panel stays there. @param {number} factor @param {{x: number, y: number}} [at] */
  by(factor, at = { x: 0.5, y: 0.5 }) {
    const scale = Math.min(MOST, Math.max(1, this.scale * factor));
    this.x += at.x / this.scale - at.x / scale;
    this.y += at.y / this.scale - at.y / scale;
    this.scale = scale;
    this.apply();
  }

  reset() {
    this.scale = 1;
    this.x = this.y = 0;
    this.apply();
  }

  apply() {
    const most = 1 - 1 / this.scale;
    this.x = Math.min(most, Math.max(0, this.x));
    this.y = Math.min(most, Math.max(0, this.y));
    for (const panel of this.panels)
      for (const inner of /** @type {NodeListOf<HTMLElement>} */ (panel.querySelectorAll(".sample-zoom"))) {
        // Laid out larger, not transformed: lines keep their width, and the image its pixels.
        inner.style.setProperty("--zoom", String(this.scale));
        inner.style.setProperty("--left", String(this.x));
        inner.style.setProperty("--top", String(this.y));
      }
  }

  /** Where a pointer is, in shares of the panel under it. @param {{clientX: number, clientY: number}} event */
  shareAt({ clientX, clientY }) {
    const boxes = this.panels.map((panel) => panel.getBoundingClientRect());
    const box = boxes.find(({ left, right }) => clientX >= left && clientX <= right) ?? boxes[0];
    return { x: (clientX - box.left) / box.width, y: (clientY - box.top) / box.height };
  }

  /** @param {PointerEvent} event */
  press(event) {
    if (/** @type {HTMLElement} */ (event.target).closest("input, button")) return;
    this.fingers.set(event.pointerId, { x: event.clientX, y: event.clientY });
    /** @type {HTMLElement} */ (event.currentTarget).setPointerCapture(event.pointerId);
  }

  /** @param {PointerEvent} event */
  move(event) {
    const before = this.fingers.get(event.pointerId);
    if (!before) return;
    const now = { x: event.clientX, y: event.clientY };
    this.fingers.set(event.pointerId, now);
    const others = [...this.fingers].filter(([id]) => id !== event.pointerId).map(([, place]) => place);
    if (others.length) return this.pinch(before, now, others[0]);
    const box = this.panels[0].getBoundingClientRect();
    this.x -= (now.x - before.x) / box.width / this.scale;
    this.y -= (now.y - before.y) / box.height / this.scale;
    this.apply();
  }

  /** @param {{x: number, y: number}} before @param {{x: number, y: number}} now @param {{x: number, y: number}} other */
  pinch(before, now, other) {
    const apart = (/** @type {{x: number, y: number}} */ one) => Math.hypot(one.x - other.x, one.y - other.y) || 1;
    const middle = { clientX: (now.x + other.x) / 2, clientY: (now.y + other.y) / 2 };
    this.by(apart(now) / apart(before), this.shareAt(middle));
  }
}
