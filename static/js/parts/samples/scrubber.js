// @ts-check
/** The slider of epochs: moved by hand, by play, and by the cursor of the charts. */
import { mark, part, write } from "../../element.js";

const STEP_MS = 350; // three epochs a second: fast enough to see a course, slow enough for an address bar
const CALM_STEP_MS = 1000; // where motion is not wanted

export class Scrubber {
  /**
   * @param {HTMLElement} root
   * @param {{go: (epoch: number | null) => void, epochs: () => number[], epoch: () => number}} options  go: null follows the latest
   */
  constructor(root, { go, epochs, epoch }) {
    this.epochs = epochs;
    this.epoch = epoch;
    this.go = go;
    this.timer = 0;
    this.slider = /** @type {HTMLInputElement} */ (part(root, "samples-epoch"));
    this.word = part(root, "samples-epoch-word");
    this.ghost = part(root, "samples-ghost");
    this.playing = part(root, "samples-play");
    this.latest = part(root, "samples-follow");
    this.isFollowing = true;
    this.slider.addEventListener("input", () => {
      this.stop();
      go(epochs()[Number(this.slider.value)]);
    });
    this.playing.addEventListener("click", () => this.toggle());
    this.latest.addEventListener("click", () => {
      this.stop();
      go(this.isFollowing ? (epochs().at(-1) ?? null) : null);
    });
    for (const [name, by] of /** @type {[string, number][]} */ ([["samples-before", -1], ["samples-after", 1]]))
      part(root, name).addEventListener("click", () => this.step(by));
  }

  /** @param {number} by */
  step(by) {
    this.stop();
    const to = this.epochs()[this.place() + by];
    if (to !== undefined) this.go(to);
  }

  place() {
    return this.epochs().indexOf(this.epoch());
  }

  /** @param {boolean} isFollowing */
  show(isFollowing) {
    this.isFollowing = isFollowing;
    this.slider.max = String(Math.max(0, this.epochs().length - 1));
    this.slider.value = String(this.place());
    mark(this.slider, "aria-valuetext", `epoch ${this.epoch()}`);
    write(this.word, `Epoch ${this.epoch()}`);
    mark(this.latest, "aria-pressed", String(isFollowing));
  }

  toggle() {
    if (this.timer) this.stop();
    else this.play();
  }

  /** From where it stands to the last epoch, or from the first when it stands there. */
  play() {
    const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
    if (this.place() >= this.epochs().length - 1) this.go(this.epochs()[0]);
    mark(this.playing, "aria-pressed", "true");
    this.timer = setInterval(() => {
      const next = this.epochs()[this.place() + 1];
      if (next === undefined) this.stop();
      else this.go(next);
    }, calm ? CALM_STEP_MS : STEP_MS);
  }

  stop() {
    clearInterval(this.timer);
    this.timer = 0;
    mark(this.playing, "aria-pressed", "false");
  }

  /** Stand a mark on the slider where the charts' cursor is. @param {number | null} epoch */
  hover(epoch) {
    const place = epoch === null ? -1 : this.epochs().indexOf(epoch);
    this.ghost.hidden = place < 0;
    if (place >= 0) this.ghost.style.setProperty("--place", String(place / Math.max(1, this.epochs().length - 1)));
  }
}
