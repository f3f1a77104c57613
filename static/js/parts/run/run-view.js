// @ts-check
/** How a run is looked at; every part of it lives in the URL. */

/**
 * @typedef {object} RunView
 * @property {string} x  epoch, step or time
 * @property {string} scale  linear or log, of every chart
 * @property {string} logs  charts that differ from `scale`
 * @property {string} smooth  0 to 0.99
 * @property {string} q  filter of the charts
 * @property {string} from  visible range, in units of x
 * @property {string} to
 * @property {string} pin  charts at the top
 * @property {string} full  the chart as large as the window
 * @property {string} split  of the samples
 * @property {string} epoch  of the samples; "" follows the latest
 * @property {string} sort  of the samples: worst, improved, worsened, id; "" as sent
 * @property {string} find  words in a sample's id or caption
 * @property {string} above  samples with an error above this
 * @property {string} unit  in which samples are ranked by their error; "" the one of most of them
 * @property {string} flag  missed, false alarm, right, open or done
 * @property {string} cell  of the confusion: true class ~ predicted class
 * @property {string} hide  layers of the samples that are switched off
 * @property {string} tab  of the rail
 * @property {string} alert  id of the one that was opened
 */

/** @type {RunView} */
export const DEFAULT_VIEW = {
  x: "epoch",
  scale: "linear",
  logs: "",
  smooth: "0",
  q: "",
  from: "",
  to: "",
  pin: "",
  full: "",
  split: "",
  epoch: "",
  sort: "",
  find: "",
  above: "",
  unit: "",
  flag: "",
  cell: "",
  hide: "",
  tab: "events",
  alert: "",
};

/** @type {Record<string, string[]>} */
const CHOICES = {
  x: ["epoch", "step", "time"],
  scale: ["linear", "log"],
  sort: ["", "worst", "improved", "worsened", "id"],
  flag: ["", "missed", "false alarm", "right", "open", "done"],
  tab: ["events", "config", "metrics", "environment"],
};

/**
 * Put what an address cannot mean back to its default: it may have been typed, or cut off on its way. Pure.
 * @param {RunView} view
 * @returns {RunView}
 */
export function soundView(view) {
  const sound = /** @type {Record<string, string>} */ ({ ...view });
  const defaults = /** @type {Record<string, string>} */ (/** @type {unknown} */ (DEFAULT_VIEW));
  for (const [name, choices] of Object.entries(CHOICES))
    if (!choices.includes(sound[name])) sound[name] = defaults[name];
  const smooth = Number(view.smooth || NaN);
  if (!(smooth >= 0 && smooth <= 0.99)) sound.smooth = DEFAULT_VIEW.smooth;
  const [from, to] = [Number(view.from || NaN), Number(view.to || NaN)];
  if (!(Number.isFinite(from) && Number.isFinite(to) && from < to)) sound.from = sound.to = "";
  if (sound.above !== "" && !Number.isFinite(Number(sound.above))) sound.above = "";
  for (const whole of ["epoch", "alert"]) if (!/^\d{0,9}$/.test(sound[whole])) sound[whole] = "";
  return /** @type {RunView} */ (/** @type {unknown} */ (sound));
}
