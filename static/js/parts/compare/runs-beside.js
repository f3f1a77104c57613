// @ts-check
/** Two to eight runs beside each other: chips, findings, table, charts, alerts, samples, note; kept up live. */
import { mark, part } from "../../element.js";
import { chipMenu, showActions } from "./actions.js";
import { RunChips } from "./chips.js";
import { ComparisonSource } from "./comparison.js";
import { listOf, toggled } from "./compare-view.js";
import { showFindings } from "./findings.js";
import { NoteCard } from "./note-card.js";
import { OverlayWall } from "./overlay-wall.js";
import { SideSamples } from "./samples.js";
import { SideTable } from "./side-table.js";
import { CompareTools, TABS } from "./tools.js";

/** @typedef {import("../../types.js").RunRow} RunRow */
/** @typedef {import("./comparison.js").Comparison} Comparison */
/** @typedef {import("./compare-view.js").CompareView} CompareView */
/** @typedef {{get: () => CompareView, set: (change: Partial<CompareView>) => void}} HeldView */

export class RunsBeside {
  /** @param {{view: HeldView, known: Map<string, RunRow>, plotlyUrl: string, titles: Record<string, string>, remove: (id: string) => void, report: (problem: unknown) => void}} options */
  constructor({ view, known, plotlyUrl, titles, remove, report }) {
    this.view = view;
    this.known = known;
    this.titles = titles;
    this.remove = remove;
    this.report = report;
    /** @type {string[]} */
    this.ids = [];
    /** @type {Comparison | null} */
    this.told = null;
    this.table = new SideTable(view.set);
    this.chips = new RunChips(part(document, "chips"), {
      toggle: (id) => view.set({ hidden: toggled(view.get().hidden, id) }),
      solo: (id) => this.solo(id),
      menu: (id) => this.menu(id),
    });
    this.tools = new CompareTools(view.set);
    this.note = new NoteCard(() => this.ids.join(","));
    this.wall = new OverlayWall({
      root: part(document, "charts"),
      lead: part(document, "lead"),
      alerts: part(document, "alerts"),
      legend: part(document, "legend"),
      plotlyUrl,
      view: view.get,
      setView: view.set,
    });
    this.samples = new SideSamples({ root: part(document, "samples"), view: view.get, setView: view.set });
    const asked = () => ({ runs: this.ids.join(","), metric: this.view.get().metric });
    this.source = new ComparisonSource(asked, (found) => this.show(found), report);
  }

  /** Compare these runs from now on; what travelled with the page is shown without asking. @param {string[]} ids @param {any} offered */
  begin(ids, offered) {
    this.source.forget();
    this.ids = ids;
    const runs = ids.flatMap((id) => this.known.get(id) ?? []);
    showActions(part(document, "actions"), runs, { editNote: () => this.note.edit(), view: this.view.get });
    this.showChips();
    if (ids.length < 2) return;
    this.showTab();
    if (offered.comparison && this.told === null) {
      this.note.show(offered.note);
      this.show(offered.comparison);
    } else {
      this.note.load().catch(this.report);
      this.source.ask();
    }
    this.wall.review(["runs"]);
    this.samples.load(runs).catch(this.report);
  }

  /** @param {Omit<Comparison, "titles">} found */
  show(found) {
    this.told = { ...found, titles: this.titles };
    for (const run of found.runs) this.known.set(run.id, run);
    this.showChips();
    this.tools.show(this.view.get(), this.told);
    showFindings(part(document, "findings"), found.findings, found.runs, (key) => this.table.pointAt(key));
    this.table.show(this.told, this.view.get());
    this.wall.show(this.told);
    mark(part(document, "comparison"), "data-told", String(found.runs.length));
  }

  showChips() {
    const { hidden, baseline } = this.view.get();
    const runs = this.ids.flatMap((id) => this.known.get(id) ?? []);
    this.chips.show(runs, { hidden: new Set(listOf(hidden)), baseline });
  }

  showTab() {
    const { tab } = this.view.get();
    const root = part(document, "comparison");
    for (const name of TABS) root.querySelector(`#tab-${name}`)?.toggleAttribute("hidden", name !== tab);
  }

  /** The view changed. @param {string[]} changed */
  review(changed) {
    if (this.ids.length < 2) return;
    if (changed.includes("tab")) this.showTab();
    if (changed.some((name) => ["hidden", "baseline"].includes(name))) this.showChips();
    if (changed.includes("metric")) this.source.ask();
    if (this.told) this.tools.show(this.view.get(), this.told);
    if (this.told && changed.includes("rows")) this.table.show(this.told, this.view.get());
    this.wall.review(changed);
    if (changed.some((name) => ["tab", "split", "epoch", "hide"].includes(name))) this.samples.review().catch(this.report);
  }

  /** After a gap in the stream: everything that is shown is asked for again. */
  catchUp() {
    if (this.ids.length < 2 || !this.told) return;
    this.source.plan();
    this.wall.catchUp();
    this.note.load().catch(this.report);
  }

  /** @param {string} event @param {any} data */
  hear(event, data) {
    if (event === "note") return this.note.changed(data.runs).catch(this.report);
    if (!this.ids.includes(event === "run" ? data.run.id : (data.alert?.run ?? data.run))) return;
    if (event === "run") this.showChips();
    else if (event === "samples") this.samples.receive(data).catch(this.report);
    else if (event === "alert") this.wall.realarm();
    else if (event === "points") this.wall.receive(data);
    const hasEpochs = event === "points" && (data.truncated || Object.keys(data.epochs).length > 0);
    if ((hasEpochs || event === "alert" || event === "run") && this.ids.length > 1) this.source.plan();
  }

  /** Show one run alone; all again when it is alone already. @param {string} id */
  solo(id) {
    const others = this.ids.filter((one) => one !== id);
    const hidden = new Set(listOf(this.view.get().hidden));
    const isAlone = others.every((one) => hidden.has(one)) && !hidden.has(id);
    this.view.set({ hidden: isAlone ? "" : others.join(",") });
  }

  /** @param {string} id */
  menu(id) {
    const put = (/** @type {RunRow} */ run) => {
      this.known.set(run.id, run);
      this.showChips();
      this.source.plan();
    };
    const acts = { put, solo: () => this.solo(id), remove: () => this.remove(id) };
    return chipMenu(/** @type {RunRow} */ (this.known.get(id)), this.view, acts);
  }
}
