// @ts-check
/** A page's end of the live stream: events in, and the truth about whether they are arriving. */
import { Source } from "./source.js";

const HEARTBEAT_MS = 15_000;
const WORKER_ANSWERS_WITHIN_MS = 4_000;

/**
 * @typedef {object} Listener
 * @property {(event: string, data: any) => void} onEvent
 * @property {(state: {live: boolean, since: number}) => void} onState
 * @property {() => void} onLive  the stream is open, for the first time or again: what came before has to be asked for
 */

/**
 * Follow the runs table and, in full, the given runs. Prefers the worker that all tabs share; where there is none, or as
 * long as it does not answer, the page opens a stream of its own.
 * @param {string[]} runs
 * @param {Listener} listener
 * @returns {() => void}  ends it
 */
export function follow(runs, { onEvent, onState, onLive }) {
  let wasLive = false;
  const begin = () => {
    announce("live", null);
    onLive();
  };
  const listener = {
    /** @param {string} event @param {any} data */
    onEvent: (event, data) => {
      if (event === "reset") return begin();
      announce(event, data);
      onEvent(event, data);
    },
    /** @param {{live: boolean, since: number}} state */
    onState: (state) => {
      onState(state);
      if (state.live && !wasLive) begin();
      wasLive = state.live;
    },
  };
  const end = typeof SharedWorker === "undefined" ? followAlone(runs, listener) : followShared(runs, listener);
  addEventListener("pagehide", end);
  addEventListener("pageshow", (event) => event.persisted && location.reload());
  return end;
}

/** What stands on every page, the top bar, listens by itself. @param {string} event @param {any} data */
const announce = (event, data) => document.dispatchEvent(new CustomEvent(`stream:${event}`, { detail: data }));

/** @param {string[]} runs @param {Omit<Listener, "onLive">} listener */
function followAlone(runs, listener) {
  const source = new Source(({ event, data }) => listener.onEvent(event, JSON.parse(data)), listener.onState);
  source.follow(runs);
  return () => source.close();
}

/** @param {string[]} runs @param {Omit<Listener, "onLive">} listener */
function followShared(runs, listener) {
  const worker = new SharedWorker(new URL("./worker.js", import.meta.url), { type: "module", name: "epochwatch-live" });
  const { port } = worker;
  /** @type {(() => void) | null} */
  let alone = null;
  const goAlone = () => {
    alone ??= followAlone(runs, listener);
  };
  const silent = setTimeout(goAlone, WORKER_ANSWERS_WITHIN_MS);
  worker.onerror = goAlone;
  port.onmessage = ({ data: message }) => {
    clearTimeout(silent);
    alone?.();
    alone = null;
    if (message.kind === "state") listener.onState({ live: message.live, since: message.since });
    else listener.onEvent(message.event, JSON.parse(message.data));
  };
  port.postMessage({ kind: "hello", runs });
  const beat = setInterval(() => port.postMessage({ kind: "beat", runs }), HEARTBEAT_MS);
  return () => {
    clearTimeout(silent);
    clearInterval(beat);
    alone?.();
    worker.onerror = port.onmessage = null;
    port.postMessage({ kind: "bye" });
    port.close();
  };
}
