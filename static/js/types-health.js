// @ts-check
/** The shapes of what the server sends about health: alerts, rules, chips, targets. */

/** @typedef {import("./format.js").Value} Value */

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
 * @property {"epoch" | "step"} unit  what its epochs are
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
