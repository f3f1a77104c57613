// @ts-check
/** The shapes of what the server sends, for the type checker and the reader. */

/** @typedef {import("./format.js").Value} Value */

/**
 * @typedef {object} Tracked
 * @property {string} metric
 * @property {"min" | "max"} mode
 * @property {number | null} patience
 * @property {Value} value
 * @property {Value} best
 * @property {number | null} best_epoch
 * @property {number} waited
 */

/** @typedef {{asked_ms: number, seen_ms: number | null, done_ms: number | null, reason: string, actor: string}} Stop */

/**
 * @typedef {object} RunRow
 * @property {string} id
 * @property {string} project
 * @property {string} name
 * @property {string} state
 * @property {number} hue
 * @property {number} created_ms
 * @property {number} last_seen_ms
 * @property {number | null} last_point_ms
 * @property {number | null} ended_ms
 * @property {number | null} planned_epochs
 * @property {number | null} epoch
 * @property {number} epochs_done
 * @property {number | null} epoch_seconds
 * @property {number | null} eta_seconds
 * @property {number | null} step
 * @property {Value} learning_rate
 * @property {Tracked | null} tracked
 * @property {string[]} tags
 * @property {string} note
 * @property {number} dropped
 * @property {string | null} end_reason
 * @property {string | null} end_actor
 * @property {Value[]} spark
 * @property {string} url
 * @property {number} heartbeat_seconds
 * @property {Stop | null} stop
 */

/**
 * @typedef {object} Details
 * @property {Record<string, any>} config
 * @property {Record<string, any>} environment
 * @property {Record<string, any>} declared
 * @property {number | null} parameters
 * @property {string | null} traceback
 * @property {Record<string, any>} summary
 */

/** @typedef {RunRow & Details} RunDetail */

/** @typedef {{id: number, type: string, epoch: number | null, step: number | null, time_ms: number, data: Record<string, any>}} FeedEvent */

/** @typedef {[number, number]} Spot  x and y in pixels of the image */

/**
 * @typedef {object} Sample
 * @property {string} split
 * @property {string} id
 * @property {number} epoch
 * @property {number} step
 * @property {string | null} image
 * @property {number | null} width
 * @property {number | null} height
 * @property {Spot[] | null} gt
 * @property {Spot[] | null} pred
 * @property {Value} error_px
 * @property {Value} gt_done
 * @property {Value} pred_done
 * @property {string} caption
 * @property {Record<string, any>} extra
 */

/** @typedef {{id: string, title: string, metrics: string[], kind: string}} ChartInfo */
/** @typedef {{id: string, title: string, charts: ChartInfo[], hidden?: number}} ChartSection  hidden: charts that only a filter finds */
/** @typedef {{epoch: number, value: Value, n: number, std: Value, min: Value, max: Value, nonfinite: number, step: number, time: number}} EpochPoint */
/** @typedef {{steps: number[], epochs: number[], times: number[], values: Value[]}} Slice */
/** @typedef {{run: string, series: Record<string, Slice>, epochs: Record<string, EpochPoint[]>, truncated: boolean}} PointsEvent */
/** @typedef {{metric: string, run: string, field: "step" | "epoch" | "derived"}} TraceMeta */

export {};
