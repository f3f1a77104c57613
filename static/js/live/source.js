// @ts-check
/** One server-sent stream for a changing set of runs, which is replaced without losing or repeating an event. */

const EVENTS = ["run", "deleted", "points", "samples", "feed", "health", "alert", "note", "reset", "bye"];
const FIRST_RETRY_MS = 500;
const LAST_RETRY_MS = 5000;
const REMEMBERED_IDS = 4000; // twice the server's replay ring: enough to know an event of two overlapping streams

/** @typedef {{event: string, data: string}} StreamMessage */
/** @typedef {{live: boolean, since: number}} LiveState  since: when it became so, UTC milliseconds */

export class Source {
  /**
   * @param {(message: StreamMessage) => void} onMessage
   * @param {(state: LiveState) => void} onState
   */
  constructor(onMessage, onState) {
    this.onMessage = onMessage;
    this.onState = onState;
    /** @type {EventSource | null} */
    this.current = null;
    /** @type {EventSource | null} */
    this.next = null;
    /** @type {string | null} */
    this.runs = null;
    /** @type {Set<string>} what the open stream carries; empty when none is open */
    this.carried = new Set();
    /** @type {LiveState} */
    this.state = { live: false, since: Date.now() };
    /** @type {Set<string>} */
    this.seen = new Set();
    this.retryMs = FIRST_RETRY_MS;
    this.timer = 0;
  }

  /**
   * Follow these runs from now on; the old stream goes on until the new one is open.
   * @param {Iterable<string>} runs
   */
  follow(runs) {
    const wanted = [...new Set(runs)].sort().join(",");
    if (wanted === this.runs && (this.current || this.next)) return;
    this.runs = wanted;
    this.open();
  }

  /** Open the stream anew, after a sleep for example. */
  open() {
    clearTimeout(this.timer);
    this.next?.close();
    const stream = new EventSource(`/api/stream${this.runs ? `?runs=${encodeURIComponent(this.runs)}` : ""}`);
    this.next = stream;
    const carries = this.runs;
    stream.onopen = () => this.opened(stream, carries);
    stream.onerror = () => this.failed(stream);
    for (const name of EVENTS)
      stream.addEventListener(name, (event) => this.received(/** @type {MessageEvent} */ (event)));
  }

  /** End it. */
  close() {
    clearTimeout(this.timer);
    this.current?.close();
    this.next?.close();
    this.current = this.next = null;
    this.carried = new Set();
    this.tell(false);
  }

  /**
   * Say whether events of these runs are arriving.
   * @param {string[]} runs
   */
  carries(runs) {
    return this.state.live && runs.every((run) => this.carried.has(run));
  }

  /** @param {EventSource} stream @param {string | null} carries */
  opened(stream, carries) {
    if (stream === this.next) {
      this.current?.close();
      this.current = stream;
      this.next = null;
    }
    this.carried = new Set(carries?.split(","));
    this.retryMs = FIRST_RETRY_MS;
    this.tell(true);
  }

  /**
   * Try again by our own timer: it is quicker than the browser's, and a page that comes back asks for all it lacks anyway.
   * @param {EventSource} stream
   */
  failed(stream) {
    stream.close();
    if (stream !== this.current && stream !== this.next) return;
    if (stream === this.current) this.current = null;
    else this.next = null;
    if (this.current) this.current.close();
    this.current = null;
    this.carried = new Set();
    this.tell(false);
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.open(), this.retryMs);
    this.retryMs = Math.min(this.retryMs * 1.6, LAST_RETRY_MS);
  }

  /** @param {MessageEvent} event */
  received(event) {
    const id = event.lastEventId;
    if (id && this.seen.has(id) && event.type !== "reset") return;
    if (id) this.seen.add(id);
    if (this.seen.size > REMEMBERED_IDS) this.seen = new Set([...this.seen].slice(REMEMBERED_IDS / 2));
    this.onMessage({ event: event.type, data: event.data });
  }

  /** @param {boolean} live */
  tell(live) {
    if (live !== this.state.live) this.state = { live, since: Date.now() };
    this.onState(this.state);
  }
}
