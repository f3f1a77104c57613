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
 * @property {string} worst  "1": samples with the largest error first
 * @property {string} tab  of the rail
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
  worst: "",
  tab: "events",
};
