// @ts-check
/** Which alerts are looked at: the view in the address, the question it asks the server, and what answers it. Pure. */

/** @typedef {import("../../types.js").AlertJson} AlertJson */
/** @typedef {{severity: string, state: string, project: string, rule: string, run: string, group: string}} AlertsView */

/** @type {AlertsView} */
export const DEFAULT_VIEW = { severity: "", state: "firing", project: "", rule: "", run: "", group: "run" };

/** What an alert can be on this page: firing and nobody's yet, taken on by somebody, or over. @type {Record<string, string>} */
export const STATES = { firing: "Firing", acknowledged: "Acknowledged", resolved: "Resolved", all: "All" };

export const GROUPS = ["run", "rule", "none"];
const SEVERITIES = ["", "critical", "warning", "info"];

/** @param {AlertsView} view */
export const soundView = (view) => ({
  ...view,
  state: view.state in STATES ? view.state : DEFAULT_VIEW.state,
  group: GROUPS.includes(view.group) ? view.group : DEFAULT_VIEW.group,
  severity: SEVERITIES.includes(view.severity) ? view.severity : "",
});

/** Say whether anything but the state narrows the list. @param {AlertsView} view */
export const isNarrowed = ({ severity, project, rule, run }) => Boolean(severity || project || rule || run);

/** Ask the server for a view's alerts. @param {AlertsView} view @returns {Record<string, string>} */
export function queryOf({ severity, state, project, rule, run }) {
  /** @type {Record<string, Record<string, string>>} */
  const states = {
    firing: { phase: "firing", acknowledged: "false" },
    acknowledged: { acknowledged: "true" },
    resolved: { phase: "resolved" },
    all: {},
  };
  return { severity, project, rule, run, ...states[state] };
}

/** Say whether an alert belongs to a view: what the stream tells was not asked for. @param {AlertJson} alert @param {AlertsView} view */
export function matches(alert, { severity, state, project, rule, run }) {
  if (severity && alert.severity !== severity) return false;
  if (project && alert.project !== project) return false;
  if (rule && alert.rule !== rule) return false;
  if (run && alert.run !== run) return false;
  if (state === "firing") return alert.phase === "firing" && alert.acknowledged_ms === null && alert.muted === null;
  if (state === "acknowledged") return alert.acknowledged_ms !== null;
  return state === "all" || alert.phase === state;
}

/** The last fired first, as the server lists them. @param {AlertJson} a @param {AlertJson} b */
export const newestFirst = (a, b) => b.fired_ms - a.fired_ms || b.id - a.id;

/** @param {AlertJson[]} alerts */
const isCalm = (alerts) => alerts.every((alert) => alert.severity === "info");

/**
 * Put alerts under headings; the heading whose newest alert is newest comes first, those of mere information last.
 * @param {AlertJson[]} alerts  newest first
 * @param {string} by  run, rule or none
 * @returns {{key: string, alerts: AlertJson[]}[]}
 */
export function group(alerts, by) {
  /** @type {Map<string, AlertJson[]>} */
  const groups = new Map();
  for (const alert of alerts) {
    const key = by === "run" ? alert.run : by === "rule" ? alert.rule : "";
    const known = groups.get(key);
    if (known) known.push(alert);
    else groups.set(key, [alert]);
  }
  const made = [...groups].map(([key, found]) => ({ key, alerts: found }));
  return by === "none" ? made : made.sort((a, b) => Number(isCalm(a.alerts)) - Number(isCalm(b.alerts)));
}
