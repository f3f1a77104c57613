// @ts-check
/** All runs of a project at once: parallel coordinates, a scatter, and the list of those that a choice leaves. */
import { ask, withQuery } from "../../api.js";
import { part, write } from "../../element.js";
import { formatCount } from "../../format.js";
import { MOST_AXES, showAxes } from "./axis-chips.js";
import { ChosenRuns } from "./chosen-runs.js";
import { namesOf, namesText } from "./compare-view.js";
import { Parallel } from "./parallel.js";
import { usualAxes } from "./parallel-axes.js";
import { allRuns } from "./picker.js";
import { Scatter } from "./scatter.js";
import { offer } from "./tools.js";

/** @typedef {import("../../types.js").RunRow} RunRow */
/** @typedef {import("./compare-view.js").CompareView} CompareView */

const NOTHING = "The runs of this project differ in nothing that could be laid out: settings in init(config={…}) and metrics can.";

export class ProjectView {
  /** @param {{plotlyUrl: string, projects: [string, number][], view: () => CompareView, setView: (change: Partial<CompareView>) => void}} options */
  constructor({ plotlyUrl, projects, view, setView }) {
    this.view = view;
    this.setView = setView;
    this.projects = projects;
    /** @type {RunRow[]} */
    this.runs = [];
    /** @type {string[]} */
    this.names = [];
    /** @type {string[]} */
    this.usual = [];
    this.drawn = { parallel: "", scatter: "" };
    this.kept = /** @type {string[] | null} */ (null); // by a choice; null without one
    /** @type {Map<string, string | null>} */
    this.directions = new Map();
    const stand = (/** @type {string[]} */ ids) => {
      this.parallel.light(ids);
      this.scatter.light(ids);
    };
    const compare = (/** @type {string[]} */ ids) =>
      location.assign(`/compare?runs=${ids.map(encodeURIComponent).join(",")}`);
    this.list = new ChosenRuns({ onTick: stand, onPoint: stand, compare });
    this.parallel = new Parallel(part(document, "parallel"), {
      onBrush: (ids) => this.brushed(ids),
      onMove: (names) => setView({ axes: namesText(names) }),
    });
    this.scatter = new Scatter(part(document, "scatter"), plotlyUrl, (id) => this.list.toggle(id));
    part(document, "brush-clear").addEventListener("click", () => this.parallel.clear());
    this.bindSelects();
  }

  bindSelects() {
    const on = (/** @type {string} */ name, /** @type {(value: string) => void} */ act) => {
      const select = /** @type {HTMLSelectElement} */ (part(document, name));
      select.addEventListener("change", () => act(select.value));
    };
    on("project", (project) => location.assign(`/compare?project=${encodeURIComponent(project)}`));
    on("add-axis", (name) => name && this.setView({ axes: namesText([...this.axes(), name]) }));
    on("scatter-x", (sx) => this.setView({ sx }));
    on("scatter-y", (sy) => this.setView({ sy }));
  }

  /** Axes that the address names and the project has; else those that tell most. */
  axes() {
    const asked = namesOf(this.view().axes).filter((name) => this.names.includes(name));
    return asked.length > 1 ? asked.slice(0, MOST_AXES) : this.usual;
  }

  async load() {
    const { project } = this.view();
    const offered = this.projects.map(([name, count]) => /** @type {[string, string]} */ ([name, `${name} (${count})`]));
    offer(/** @type {HTMLSelectElement} */ (part(document, "project")), "", offered, project);
    const asked = ask(withQuery("/api/compare/quantities", { project }));
    const [{ quantities }, rows] = await Promise.all([asked, allRuns()]);
    /** @type {{name: string, is_metric: boolean, distinct: number, has_words: boolean, direction: string | null}[]} */
    const found = quantities;
    this.runs = rows.filter((run) => run.project === project);
    this.names = found.map((one) => one.name);
    this.directions = new Map(found.map((one) => [one.name, one.direction]));
    this.usual = usualAxes(found, mostTracked(this.runs));
    await this.review();
  }

  async review() {
    showAxes(this.axes(), this.names, (axes) => this.setView({ axes: namesText(axes) }));
    const { project, sx, sy } = this.view();
    const axes = this.axes();
    write(part(document, "parallel-title"), `${formatCount(this.runs.length)} runs`);
    this.brushed(null);
    if (axes.length < 2) return this.fail(NOTHING);
    const x = this.names.includes(sx) ? sx : axes[0];
    const y = this.names.includes(sy) ? sy : axes[axes.length - 1];
    const names = this.names.map((name) => /** @type {[string, string]} */ ([name, name]));
    offer(/** @type {HTMLSelectElement} */ (part(document, "scatter-x")), "", names, x);
    offer(/** @type {HTMLSelectElement} */ (part(document, "scatter-y")), "", names, y);
    const figure = (/** @type {string} */ kind, /** @type {string[]} */ quantity) =>
      withQuery("/api/compare/project", { project, kind, quantity });
    await Promise.all([
      this.draw("parallel", figure("parallel", axes), (told) => this.showParallel(told)),
      this.draw("scatter", figure("scatter", [x, y]), (told) => this.scatter.show(told)),
    ]);
  }

  /** Ask for a figure that is not the one shown. @param {"parallel" | "scatter"} which @param {string} path @param {(figure: any) => unknown} show */
  async draw(which, path, show) {
    if (this.drawn[which] === path) return;
    this.drawn[which] = path;
    const figure = await ask(path);
    if (this.drawn[which] === path) await show(figure);
  }

  /** @param {{data: any[], layout: any}} figure */
  showParallel(figure) {
    const lacking = this.runs.length - (figure.layout.meta?.drawn ?? 0);
    const all = formatCount(this.runs.length);
    const rest = `${formatCount(lacking)} of ${all} runs lack one of these and are not drawn.`;
    this.fail(figure.data.length ? (lacking > 0 ? rest : "") : "Fewer than two runs have all of these.");
    const { customdata = [], meta } = figure.data.find((one) => one.type === "parcoords") ?? {};
    /** @type {string[]} */
    const ids = customdata;
    const values = new Map(ids.map((id, place) => [id, meta.last[place]]));
    const name = this.axes().at(-1) ?? "";
    this.list.rankBy(name, values, this.directions.get(name) === "min");
    this.parallel.show(figure);
  }

  /** @param {string} text */
  fail(text) {
    write(part(document, "parallel-message"), text);
  }

  /** @param {string[] | null} ids */
  brushed(ids) {
    const kept = ids && new Set(ids);
    this.kept = ids;
    part(document, "brush-clear").hidden = !ids;
    part(document, "parallel-hint").hidden = Boolean(ids);
    this.list.show(kept ? this.runs.filter((run) => kept.has(run.id)) : this.runs, this.runs.length, Boolean(ids));
    this.scatter.keep(ids);
  }
}

/** The metric that most of the runs track. @param {RunRow[]} runs */
function mostTracked(runs) {
  /** @type {Map<string, number>} */
  const votes = new Map();
  for (const { tracked } of runs) if (tracked) votes.set(tracked.metric, (votes.get(tracked.metric) ?? 0) + 1);
  return [...votes].sort(([, a], [, b]) => b - a)[0]?.[0] ?? null;
}
