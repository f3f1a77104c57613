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
 * @property {Value} error  in `error_unit`
 * @property {string} error_unit
 * @property {Layer[]} layers
 */

/**
 * @typedef {object} Layer  what else is drawn of a sample; which fields it has depends on its kind
 * @property {"box" | "line" | "scores" | "signal" | "peaks"} kind
 * @property {"gt" | "pred" | "input"} of
 * @property {[number, number, number, number][]} [boxes]  x0, y0, x1, y1
 * @property {(string | null)[]} [labels]
 * @property {Value[]} [scores]
 * @property {Value[][][]} [lines]
 * @property {number[]} [classes]
 * @property {Value[]} [values]
 * @property {string[]} [names]
 * @property {number | null} [truth]
 * @property {number[]} [at]
 * @property {number} [n]
 */

/** @typedef {{id: string, title: string, metrics: string[], kind: string}} ChartInfo */
/** @typedef {{id: string, title: string, charts: ChartInfo[], hidden?: number}} ChartSection  hidden: charts that only a filter finds */
/** @typedef {{epoch: number, value: Value, n: number, std: Value, min: Value, max: Value, nonfinite: number, step: number, time: number}} EpochPoint */
/** @typedef {{steps: number[], epochs: number[], times: number[], values: Value[]}} Slice */
/** @typedef {{run: string, series: Record<string, Slice>, epochs: Record<string, EpochPoint[]>, truncated: boolean}} PointsEvent */
/** @typedef {{metric: string, run: string, field: "step" | "epoch" | "derived"}} TraceMeta */

/** @typedef {"critical" | "warning" | "info"} Severity */
/** @typedef {{worst: Severity | null, firing: number, unread: number}} HealthSummary */
/** @typedef {Record<Severity | "unread", number>} AlertCounts */
/** @typedef {{values: Record<string, Value | string>, threshold: string, metrics: string[]}} Evidence */

/**
 * @typedef {object} AlertJson
 * @property {number} id
 * @property {string} run
 * @property {string} run_name
 * @property {string} project
 * @property {string} rule
 * @property {string} title
 * @property {string} subject
 * @property {"firing" | "resolved"} phase
 * @property {Severity} severity
 * @property {number} first_epoch
 * @property {number} fired_epoch
 * @property {number} fired_ms
 * @property {number | null} resolved_epoch
 * @property {number | null} resolved_ms
 * @property {string} what
 * @property {number | null} since
 * @property {Evidence} evidence
 * @property {string} cause
 * @property {string} why
 * @property {string[]} recommendations
 * @property {number | null} acknowledged_ms
 * @property {string | null} acknowledged_by
 * @property {number | null} seen_ms
 * @property {"run" | "project" | null} muted
 * @property {number | null} mute_id
 * @property {boolean} imported  what would have fired, and when
 * @property {string} url
 */

/** @typedef {{name: string, default: number, low: number, high: number, unit: string, meaning: string, value: number, is_changed: boolean}} ThresholdJson */
/** @typedef {{slug: string, title: string, metric: string, comparison: string, value: Value, epochs: number, severity: Severity, is_on: boolean}} OwnRuleJson */

/**
 * @typedef {object} RuleJson
 * @property {string} id
 * @property {string} title
 * @property {Severity} severity
 * @property {Record<string, string>} sections
 * @property {ThresholdJson[]} thresholds
 * @property {boolean} is_on
 * @property {Severity | null} chosen_severity
 * @property {boolean} stops
 * @property {string[]} moments
 * @property {"built-in" | "own" | "plugin"} origin
 * @property {number} failures
 * @property {string | null} last_failure
 * @property {OwnRuleJson | null} own
 */

/** @typedef {{id: number, project: string, run: string | null, rule: string, subject: string | null, muted_ms: number, muted_by: string}} MuteJson */

/** @typedef {"ok" | "pending" | "firing" | "resolved" | "not_checked" | "inhibited" | "failed" | "off" | "muted"} ChipState */
/** @typedef {{rule: string, title: string, state: ChipState, severity: Severity | null, reason: string, alert_id: number | null}} ChipJson */
/** @typedef {{run: string, paused: boolean, worst: Severity | null, firing: number, unread: number, chips: ChipJson[], alerts: AlertJson[]}} HealthJson */
/** @typedef {{metric: string, split: string | null, role: string, component: string | null, direction: string | null, declared: boolean, corrected: string | null}} RoleJson */
/** @typedef {{name: string, value: Value, epoch: number | null, score: string, late: number | null, reached: number | null}} TargetStep */

/**
 * @typedef {object} StandingJson
 * @property {string} metric
 * @property {boolean} is_upward
 * @property {Value} now
 * @property {Value} best
 * @property {TargetStep[]} milestones
 * @property {TargetStep[]} bands
 * @property {string | null} band
 * @property {Value} expected
 * @property {number | null} expected_epoch
 * @property {string | null} expected_band
 * @property {string} score
 * @property {string} text
 */

export {};
