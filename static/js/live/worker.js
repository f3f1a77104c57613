// @ts-check
/**
 * The browser's one live stream, shared by all its tabs: a browser opens six connections to a server at most, and a tab
 * that held one of its own would leave the seventh tab without any.
 */
import { Source } from "./source.js";

const PORT_SILENT_MS = 180_000; // a hidden tab's timers may run once a minute only
const CHECK_MS = 5_000;
const SLEPT_MS = 30_000; // a clock that jumped this far stood still: the machine slept, the stream may be dead unnoticed

/** @type {Map<MessagePort, {runs: string[], heard: number}>} */
const ports = new Map();
const source = new Source(
  (message) => broadcast({ kind: "event", ...message }),
  () => ports.forEach((tab, port) => tellState(port, tab.runs)),
);
let checked = Date.now();

/** @param {unknown} message */
function broadcast(message) {
  for (const port of ports.keys()) port.postMessage(message);
}

/**
 * Tell a tab whether its own runs arrive: a stream that was opened for other tabs does not carry them yet.
 * @param {MessagePort} port
 * @param {string[]} runs
 */
function tellState(port, runs) {
  port.postMessage({ kind: "state", live: source.carries(runs), since: source.state.since });
}

/** Follow what any tab wants; end the stream when nobody is left. */
function follow() {
  if (ports.size) source.follow([...ports.values()].flatMap((tab) => tab.runs));
  else source.close();
}

/** @param {MessagePort} port @param {MessageEvent} event */
function hear(port, event) {
  const { kind, runs } = event.data;
  if (kind === "bye") ports.delete(port);
  else if (kind === "hello" || !ports.has(port)) {
    ports.set(port, { runs, heard: Date.now() });
    tellState(port, runs);
  } else ports.set(port, { runs, heard: Date.now() });
  follow();
}

/** Drop tabs that are gone without a word, and open anew after a sleep. */
function check() {
  const now = Date.now();
  if (now - checked > SLEPT_MS && ports.size) source.open();
  checked = now;
  for (const [port, tab] of ports) if (now - tab.heard > PORT_SILENT_MS) ports.delete(port);
  follow();
}

addEventListener("connect", (event) => {
  const port = /** @type {MessageEvent} */ (event).ports[0];
  port.onmessage = (message) => hear(port, message);
});
setInterval(check, CHECK_MS);
