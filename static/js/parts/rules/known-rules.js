// @ts-check
/** The rules of a project as the server has them, and what is being changed about them but not saved yet. */
import { ask, withQuery } from "../../api.js";

/** @typedef {import("../../types.js").RuleJson} RuleJson */
/** @typedef {import("../../types.js").MuteJson} MuteJson */
/** @typedef {{is_on?: boolean, severity?: string | null, stops?: boolean, thresholds?: Record<string, number | null>}} Change */

export class KnownRules {
  /** @param {() => void} onChange */
  constructor(onChange) {
    this.onChange = onChange;
    this.project = "";
    /** @type {Map<string, RuleJson>} */
    this.rules = new Map();
    /** @type {MuteJson[]} */
    this.mutes = [];
    /** @type {Map<string, Change>} */
    this.changes = new Map();
    /** @type {"loading" | "ready" | "failed"} */
    this.phase = "loading";
  }

  /** Ask for everything of a project. @param {string} project */
  async load(project) {
    if (project !== this.project) this.changes.clear();
    this.project = project;
    try {
      const [{ rules }, { mutes }] = await Promise.all([
        ask(withQuery("/api/rules", { project })),
        project ? ask(withQuery("/api/mutes", { project })) : { mutes: [] },
      ]);
      if (project !== this.project) return;
      this.rules = new Map(rules.map((/** @type {RuleJson} */ rule) => [rule.id, rule]));
      this.mutes = mutes;
      this.phase = "ready";
    } catch (problem) {
      if (project !== this.project) return;
      if (this.phase === "loading") this.phase = "failed";
      else throw problem;
    } finally {
      this.onChange();
    }
  }

  /** Remember what somebody is changing; nothing is sent. @param {string} id @param {Change} change */
  plan(id, change) {
    if (Object.keys(change).length) this.changes.set(id, change);
    else this.changes.delete(id);
    this.onChange();
  }

  /** Save what is being changed about a rule. @param {string} id */
  async save(id) {
    const body = { project: this.project, ...this.changes.get(id) };
    this.take(await ask(`/api/rules/${encodeURIComponent(id)}`, { method: "PUT", body }));
  }

  /** Let a rule be as it is made. @param {string} id */
  async reset(id) {
    const path = withQuery(`/api/rules/${encodeURIComponent(id)}`, { project: this.project });
    this.take(await ask(path, { method: "DELETE" }));
  }

  /** @param {RuleJson} rule */
  take(rule) {
    this.changes.delete(rule.id);
    this.rules.set(rule.id, rule);
    this.onChange();
  }

  /** @param {string} id */
  drop(id) {
    this.changes.delete(id);
    this.rules.delete(id);
    this.onChange();
  }

  /** @param {MuteJson} mute */
  async unmute(mute) {
    await ask(`/api/mutes/${mute.id}`, { method: "DELETE" });
    this.mutes = this.mutes.filter((one) => one.id !== mute.id);
    this.onChange();
  }
}

/** Say whether a project has set a rule otherwise than it is made. @param {RuleJson} rule */
export const isChanged = ({ origin, is_on: isOn, chosen_severity: severity, stops, thresholds }) =>
  stops || severity !== null || (!isOn && origin !== "own") || thresholds.some((one) => one.is_changed);

/** The severity that counts: the project's, else the rule's own. @param {RuleJson} rule */
export const severityOf = (rule) => rule.chosen_severity ?? rule.severity;
