// @ts-check
/** How runs are compared; every part of it lives in the URL. Pure. */

/**
 * @typedef {object} CompareView
 * @property {string} runs  ids, joined by commas
 * @property {string} project  whose runs are all looked at
 * @property {string} metric  that ranks the runs; "" is the one most of them track
 * @property {string} tab  overview, charts or samples
 * @property {string} x  epoch, step, time or fraction of the plan
 * @property {string} scale  linear or log, of every chart
 * @property {string} logs  charts that differ from `scale`
 * @property {string} baseline  id of the run that is subtracted from the others
 * @property {string} group  setting whose values are averaged over
 * @property {string} hidden  ids of runs that are not drawn
 * @property {string} q  filter of the charts
 * @property {string} from  visible range, in units of x
 * @property {string} to
 * @property {string} pin  charts at the top
 * @property {string} full  the chart as large as the window
 * @property {string} rows  "all": also what does not differ
 * @property {string} split  of the samples
 * @property {string} epoch  of the samples; "" follows the latest
 * @property {string} hide  layers of the samples that are switched off
 * @property {string} axes  of the parallel coordinates
 * @property {string} sx  scatter, along the bottom
 * @property {string} sy  scatter, upward
 */

/** @type {CompareView} */
export const DEFAULT_VIEW = {
  runs: "",
  project: "",
  metric: "",
  tab: "overview",
  x: "epoch",
  scale: "linear",
  logs: "",
  baseline: "",
  group: "",
  hidden: "",
  q: "",
  from: "",
  to: "",
  pin: "",
  full: "",
  rows: "",
  split: "",
  epoch: "",
  hide: "",
  axes: "",
  sx: "",
  sy: "",
};

/** @type {Record<string, string[]>} */
const CHOICES = {
  tab: ["overview", "charts", "samples"],
  x: ["epoch", "step", "time", "fraction"],
  scale: ["linear", "log"],
  rows: ["", "all"],
};

/**
 * Put what an address cannot mean back to its default: it may have been typed, or cut off on its way.
 * @param {CompareView} view
 * @returns {CompareView}
 */
export function soundView(view) {
  const sound = /** @type {Record<string, string>} */ ({ ...view });
  const defaults = /** @type {Record<string, string>} */ (/** @type {unknown} */ (DEFAULT_VIEW));
  for (const [name, choices] of Object.entries(CHOICES))
    if (!choices.includes(sound[name])) sound[name] = defaults[name];
  const [from, to] = [Number(view.from || NaN), Number(view.to || NaN)];
  if (!(Number.isFinite(from) && Number.isFinite(to) && from < to)) sound.from = sound.to = "";
  if (!/^\d{0,9}$/.test(sound.epoch)) sound.epoch = "";
  sound.runs = [...new Set(listOf(sound.runs))].join(",");
  return /** @type {CompareView} */ (/** @type {unknown} */ (sound));
}

/** Read a list as the address holds it. @param {string} text */
export const listOf = (text) => text.split(",").filter(Boolean);

/** Put a word into a list, or take it out. @param {string} text @param {string} word */
export function toggled(text, word) {
  const list = listOf(text);
  return (list.includes(word) ? list.filter((one) => one !== word) : [...list, word]).join(",");
}

/** Names of quantities may hold commas of their own. @param {string} text */
export const namesOf = (text) => listOf(text).map(decodeURIComponent);

/** @param {string[]} names */
export const namesText = (names) => names.map((name) => name.replaceAll("%", "%25").replaceAll(",", "%2C")).join(",");
