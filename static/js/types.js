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
 * @property {HealthSummary} health
 * @property {Origin | null} origin  of an imported run
 * @property {string} verdict  by hand; "" when there is none
 */

/** @typedef {{format: string, source: string, imported_ms: number | null}} Origin */

/**
 * @typedef {object} Details
 * @property {Record<string, any>} config
 * @property {Record<string, any>} environment
 * @property {Record<string, any>} declared
 * @property {number | null} parameters
 * @property {string | null} traceback
 * @property {Record<string, any>} summary
 * @property {string} note_html  the note, rendered by the server
 */

/** @typedef {RunRow & Details} RunDetail */

/** @typedef {{id: number, type: string, epoch: number | null, step: number | null, time_ms: number, data: Record<string, any>}} FeedEvent */

/** @typedef {{id: string, title: string, metrics: string[], kind: string}} ChartInfo */
/** @typedef {{id: string, title: string, charts: ChartInfo[], hidden?: number}} ChartSection  hidden: charts that only a filter finds */
/** @typedef {{epoch: number, value: Value, n: number, std: Value, min: Value, max: Value, nonfinite: number, step: number, time: number}} EpochPoint */
/** @typedef {{steps: number[], epochs: number[], times: number[], values: Value[]}} Slice */
/** @typedef {{run: string, series: Record<string, Slice>, epochs: Record<string, EpochPoint[]>, truncated: boolean}} PointsEvent */
/** @typedef {{metric: string, run: string, field: "step" | "epoch" | "derived"}} TraceMeta */

/** @typedef {import("./types-health.js").Severity} Severity */
/** @typedef {import("./types-health.js").HealthSummary} HealthSummary */
/** @typedef {import("./types-health.js").AlertCounts} AlertCounts */
/** @typedef {import("./types-health.js").Evidence} Evidence */
/** @typedef {import("./types-health.js").AlertJson} AlertJson */
/** @typedef {import("./types-health.js").ThresholdJson} ThresholdJson */
/** @typedef {import("./types-health.js").OwnRuleJson} OwnRuleJson */
/** @typedef {import("./types-health.js").RuleJson} RuleJson */
/** @typedef {import("./types-health.js").MuteJson} MuteJson */
/** @typedef {import("./types-health.js").ChipState} ChipState */
/** @typedef {import("./types-health.js").ChipJson} ChipJson */
/** @typedef {import("./types-health.js").HealthJson} HealthJson */
/** @typedef {import("./types-health.js").RoleJson} RoleJson */
/** @typedef {import("./types-health.js").TargetStep} TargetStep */
/** @typedef {import("./types-health.js").StandingJson} StandingJson */
/** @typedef {import("./types-samples.js").Spot} Spot */
/** @typedef {import("./types-samples.js").Sample} Sample */
/** @typedef {import("./types-samples.js").Layer} Layer */

export {};
