// @ts-check
/** Alerts that reach who is not looking: a browser notification where allowed, a sound where asked for. */
import { SEVERITY_WORDS } from "../severity.js";
import { isLoud } from "./words.js";

/** @typedef {import("../../types.js").AlertJson} AlertJson */
/** @typedef {"notify" | "sound"} Signal */

const TONES_HZ = /** @type {Record<string, number[]>} */ ({ critical: [880, 660, 880], warning: [660, 880] });
const TONE_SECONDS = 0.16;
const ONE_TAB_MS = 1500; // of several tabs that hear the same alert one makes the sound

/** @param {Signal} signal */
const key = (signal) => `epochwatch.${signal}`;

/** Say whether a signal is asked for. @param {Signal} signal */
export function isWanted(signal) {
  try {
    return localStorage.getItem(key(signal)) === "on";
  } catch {
    return false;
  }
}

/** @param {Signal} signal @param {boolean} on */
export function want(signal, on) {
  try {
    if (on) localStorage.setItem(key(signal), "on");
    else localStorage.removeItem(key(signal));
  } catch {
    // Storage may be forbidden; then nothing is kept, and nothing is sent.
  }
}

/**
 * Ask the browser for leave to notify; only ever because somebody pressed a button.
 * @returns {Promise<boolean>}  whether it was given
 */
export async function allowNotifications() {
  if (typeof Notification === "undefined") return false;
  const answer = Notification.permission === "default" ? await Notification.requestPermission() : Notification.permission;
  return answer === "granted";
}

/** Follow the stream's alerts, of every run; once a page. @returns {() => void} ends it */
export function listenForAlerts() {
  /** @param {Event} event */
  const hear = (event) => {
    const { alert, kind } = /** @type {CustomEvent} */ (event).detail;
    if (["firing", "raised"].includes(kind) && isLoud(alert)) signal(alert);
  };
  document.addEventListener("stream:alert", hear);
  return () => document.removeEventListener("stream:alert", hear);
}

/** @param {AlertJson} alert */
function signal(alert) {
  if (isWanted("notify") && document.visibilityState !== "visible") notify(alert);
  if (isWanted("sound")) soundOnce(alert.severity);
}

/** @param {AlertJson} alert */
function notify(alert) {
  if (typeof Notification === "undefined" || Notification.permission !== "granted") return;
  const title = `${SEVERITY_WORDS[alert.severity]}: ${alert.title} · ${alert.run_name}`;
  // The same tag in every tab: the browser shows one.
  const shown = new Notification(title, { body: alert.what, tag: `epochwatch-${alert.id}` });
  shown.onclick = () => {
    window.focus();
    location.assign(alert.url);
  };
}

/** @param {string} severity */
async function soundOnce(severity) {
  if (!navigator.locks) return beep(severity); // plain http from another host has no locks
  await navigator.locks.request("epochwatch-sound", { ifAvailable: true }, async (lock) => {
    if (!lock) return;
    beep(severity);
    await new Promise((resolve) => setTimeout(resolve, ONE_TAB_MS));
  });
}

/** Make a short sound: two tones for a warning, three for something critical. @param {string} severity */
export function beep(severity) {
  const audio = new AudioContext();
  const tones = TONES_HZ[severity] ?? TONES_HZ.warning;
  tones.forEach((hertz, place) => {
    const tone = audio.createOscillator();
    const loudness = audio.createGain();
    const from = audio.currentTime + place * TONE_SECONDS;
    tone.frequency.value = hertz;
    loudness.gain.setValueAtTime(0.12, from);
    loudness.gain.exponentialRampToValueAtTime(0.001, from + TONE_SECONDS);
    tone.connect(loudness).connect(audio.destination);
    tone.start(from);
    tone.stop(from + TONE_SECONDS);
  });
  setTimeout(() => audio.close(), 1000 * TONE_SECONDS * (tones.length + 1));
}
