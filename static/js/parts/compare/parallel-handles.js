// @ts-check
/** What can be held on parallel axes: a stretch dragged along one chooses runs, its name dragged sideways moves it. */
import { element, mark } from "../../element.js";

/** @typedef {import("./parallel.js").Parallel} Parallel */
/** @typedef {import("./parallel.js").Axis} Axis */

const LEAST_PX = 4; // less was a click, which takes the choice away
const STEP = 0.05; // of an axis, by one press of an arrow

export class AxisHandles {
  /** @param {HTMLElement} layer @param {Parallel} chart @param {(names: string[]) => void} onMove */
  constructor(layer, chart, onMove) {
    this.layer = layer;
    this.chart = chart;
    this.onMove = onMove;
    /** @type {{track: HTMLElement, stretch: HTMLElement, name: HTMLElement}[]} */
    this.held = [];
  }

  /** @param {Axis[]} axes */
  show(axes) {
    this.held = axes.map((axis, place) => {
      const stretch = element("span", { class: "parallel-stretch", hidden: true });
      const track = element(
        "div",
        {
          class: "parallel-track",
          role: "slider",
          tabindex: 0,
          "aria-orientation": "vertical",
          "aria-label": `${axis.label}: choose runs`,
          title: "Drag to choose runs; click to take the choice away",
        },
        stretch,
      );
      const named = { class: "parallel-name metric", type: "button", title: axis.label, draggable: "true" };
      const name = element("button", named, axis.label);
      track.addEventListener("pointerdown", (event) => this.drag(event, axis, track));
      track.addEventListener("keydown", (event) => this.press(event, axis));
      name.addEventListener("dragstart", (event) => event.dataTransfer?.setData("text/plain", String(place)));
      name.addEventListener("keydown", (event) => this.shift(event, place));
      for (const target of [name, track]) {
        target.addEventListener("dragover", (event) => event.preventDefault());
        target.addEventListener("drop", (event) => this.drop(event, place));
      }
      return { track, stretch, name };
    });
    this.layer.replaceChildren(...this.held.flatMap(({ track, name }) => [name, track]));
  }

  /** Stand where the axes stand. */
  place() {
    const { chart } = this;
    this.held.forEach(({ track, stretch, name }, place) => {
      const axis = chart.axes[place];
      const x = chart.xOf(place);
      const [top, bottom] = [chart.yOf(axis, axis.high), chart.yOf(axis, axis.low)];
      const isLower = chart.isNarrow() && place % 2 === 1;
      const wide = Math.min((chart.isNarrow() ? 2 : 1) * chart.gap() - 6, 2 * x, 2 * (chart.root.clientWidth - x));
      name.style.maxWidth = `${Math.max(36, Math.round(wide))}px`;
      name.style.transform = `translate(${Math.round(x)}px, ${isLower ? 17 : 0}px) translateX(-50%)`;
      track.style.transform = `translate(${Math.round(x)}px, ${top}px) translateX(-50%)`;
      track.style.height = `${bottom - top}px`;
      const range = chart.ranges.get(axis.label);
      stretch.hidden = !range;
      mark(track, "aria-valuenow", String(range?.[0] ?? axis.low));
      mark(track, "aria-valuemin", String(axis.low));
      mark(track, "aria-valuemax", String(axis.high));
      mark(track, "aria-valuetext", range ? `${range[0]} to ${range[1]}` : "all");
      if (!range) return;
      const [from, to] = [chart.yOf(axis, range[1]) - top, chart.yOf(axis, range[0]) - top];
      stretch.style.top = `${from}px`;
      stretch.style.height = `${Math.max(3, to - from)}px`;
    });
  }

  /** @param {PointerEvent} event @param {Axis} axis @param {HTMLElement} track */
  drag(event, axis, track) {
    const box = track.getBoundingClientRect();
    const valueAt = (/** @type {number} */ y) =>
      axis.high - Math.max(0, Math.min(1, (y - box.top) / box.height)) * (axis.high - axis.low);
    const from = event.clientY;
    track.setPointerCapture(event.pointerId);
    const move = (/** @type {PointerEvent} */ moved) => {
      if (Math.abs(moved.clientY - from) < LEAST_PX) return;
      const ends = [valueAt(from), valueAt(moved.clientY)].sort((a, b) => a - b);
      this.chart.brush(axis.label, [ends[0], ends[1]]);
    };
    const end = (/** @type {PointerEvent} */ released) => {
      track.removeEventListener("pointermove", move);
      if (Math.abs(released.clientY - from) < LEAST_PX) this.chart.brush(axis.label, null);
    };
    track.addEventListener("pointermove", move);
    track.addEventListener("pointerup", end, { once: true });
    track.addEventListener("pointercancel", end, { once: true });
    event.preventDefault();
    track.focus();
  }

  /** Arrows move the lower end, with Shift the upper one; Escape takes the choice away. @param {KeyboardEvent} event @param {Axis} axis */
  press(event, axis) {
    const by = { ArrowUp: 1, ArrowDown: -1 }[event.key];
    if (event.key === "Escape" || event.key === "Delete") this.chart.brush(axis.label, null);
    else if (by) {
      const step = by * STEP * (axis.high - axis.low);
      const [low, high] = this.chart.ranges.get(axis.label) ?? [axis.low, axis.high];
      const upper = event.shiftKey ? Math.min(axis.high, Math.max(low, high + step)) : high;
      const lower = event.shiftKey ? low : Math.max(axis.low, Math.min(high, low + step));
      this.chart.brush(axis.label, [lower, upper]);
    } else return;
    event.preventDefault();
  }

  /** @param {KeyboardEvent} event @param {number} place */
  shift(event, place) {
    const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (!by) return;
    event.preventDefault();
    this.move(place, place + by);
  }

  /** @param {DragEvent} event @param {number} place */
  drop(event, place) {
    event.preventDefault();
    const from = event.dataTransfer?.getData("text/plain") ?? "";
    if (/^\d+$/.test(from)) this.move(Number(from), place);
  }

  /** @param {number} from @param {number} to */
  move(from, to) {
    const names = this.chart.axes.map((axis) => axis.label);
    if (from === to || to < 0 || to >= names.length || from >= names.length) return;
    names.splice(to, 0, ...names.splice(from, 1));
    this.onMove(names);
  }
}
