// @ts-check
/** Two to eight runs beside each other: chips, findings, table, charts, alerts, samples, note; kept up live. */
import { element, icon, mark, part } from "../../element.js";
import { annotate } from "../run-actions.js";
import { judge } from "../verdict.js";
import { RunChips } from "./chips.js";
import { ComparisonSource } from "./comparison.js";
import { listOf, toggled } from "./compare-view.js";
import { showFindings } from "./findings.js";
import { footnotes } from "./metric-rows.js";
import { NoteCard } from "./note-card.js";
import { OverlayWall } from "./overlay-wall.js";
import { SideSamples } from "./samples.js";
import { showTable } from "./side-table.js";
import { CompareTools, TABS } from "./tools.js";

/** @typedef {import("../../types.js").RunRow} RunRow */
/** @typedef {import("./comparison.js").Comparison} Comparison */
/** @typedef {import("./compare-view.js").CompareView} CompareView */
/** @typedef {{get: () => CompareView, set: (change: Partial<CompareView>) => void}} HeldView */

export class RunsBeside {
  /** @param {{view: HeldView, known: Map<string, RunRow>, plotlyUrl: string, titles: Record<string, string>, add: (run: RunRow) => void, remove: (id: string) => void, report: (problem: unknown) => void}} options */
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
    this.find = "";
    this.chips = new RunChips(part(document, "chips"), {
      toggle: (id) => view.set({ hidden: toggled(view.get().hidden, id) }),
      solo: (id) => this.solo(id),
      menu: (id) => this.menu(id),
    });
    this.tools = new CompareTools(view.set);
    this.note = new NoteCard(() => this.ids.join(","), () => {});
    this.wall = new OverlayWall({
      root: part(document, "charts"),
      lead: part(document, "lead"),
      alerts: part(document, "alerts"),
      plotlyUrl,
      view: view.get,
      setView: view.set,
    });
    this.samples = new SideSamples({ root: part(document, "samples"), view: view.get, setView: view.set });
    this.source = new ComparisonSource(
      () => ({ runs: this.ids.join(","), metric: this.view.get().metric }),
      (found) => this.show(found),
      report,
    );
  }

  /** Compare these runs from now on; what travelled with the page is shown without asking. @param {string[]} ids @param {any} offered */
  begin(ids, offered) {
    this.source.forget();
    this.ids = ids;
    this.showActions();
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
    this.samples.load(ids.flatMap((id) => this.known.get(id) ?? [])).catch(this.report);
  }

  /** @param {Omit<Comparison, "titles">} found */
  show(found) {
    this.told = { ...found, titles: this.titles };
    for (const run of found.runs) this.known.set(run.id, run);
    this.showChips();
    this.tools.show(this.view.get(), this.told);
    showFindings(part(document, "findings"), found.findings, found.runs, (key) => this.pointAt(key));
    this.showTable();
    this.wall.show(this.told);
    mark(part(document, "comparison"), "data-told", String(found.runs.length));
  }

  showTable() {
    if (!this.told) return;
    const frame = part(document, "table");
    const { rows, metric } = this.view.get();
    showTable(frame, this.told, {
      all: rows === "all",
      metric,
      find: this.find,
      set: this.view.set,
      search: (text) => {
        this.find = text;
        this.showTable();
      },
    });
    part(document, "footnotes").replaceChildren(...footnotes(frame));
  }

  showChips() {
    const { hidden, baseline } = this.view.get();
    const runs = this.ids.flatMap((id) => this.known.get(id) ?? []);
    this.chips.show(runs, { hidden: new Set(listOf(hidden)), baseline });
  }

  showTab() {
    const { tab } = this.view.get();
    for (const name of TABS) part(document, "comparison").querySelector(`#tab-${name}`)?.toggleAttribute("hidden", name !== tab);
  }

  /** The view changed. @param {string[]} changed */
  review(changed) {
    if (this.ids.length < 2) return;
    if (this.told) this.tools.show(this.view.get(), this.told);
    if (changed.includes("tab")) this.showTab();
    if (changed.some((name) => ["hidden", "baseline"].includes(name))) this.showChips();
    if (changed.includes("metric")) this.source.ask();
    if (changed.includes("rows")) this.showTable();
    this.wall.review(changed);
    if (changed.some((name) => ["tab", "split", "epoch"].includes(name))) this.samples.review().catch(this.report);
  }

  /** After a gap in the stream: everything that is shown is asked for again. */
  catchUp() {
    if (this.ids.length < 2 || !this.told) return;
    this.source.plan();
    this.wall.catchUp();
  }

  /** @param {string} event @param {any} data */
  hear(event, data) {
    const run = event === "run" ? data.run.id : event === "alert" ? data.alert.run : data.run;
    if (!this.ids.includes(run)) return;
    if (event === "run") this.showChips();
    else if (event === "samples") this.samples.receive(data).catch(this.report);
    else if (event === "alert") this.wall.realarm();
    if (event === "points") this.wall.receive(data);
    const isNews = event === "alert" || event === "run" || (event === "points" && (data.truncated || Object.keys(data.epochs).length));
    if (isNews && this.ids.length > 1) this.source.plan();
  }

  /** Show one run alone; all again when it is alone already. @param {string} id */
  solo(id) {
    const others = this.ids.filter((one) => one !== id);
    const hidden = new Set(listOf(this.view.get().hidden));
    const isAlone = others.every((one) => hidden.has(one)) && !hidden.has(id);
    this.view.set({ hidden: isAlone ? "" : others.join(",") });
  }

  /** @param {string} id @returns {import("../menu.js").MenuItem[]} */
  menu(id) {
    const { set, get } = this.view;
    const isBaseline = get().baseline === id;
    const put = (/** @type {RunRow} */ run) => {
      this.known.set(run.id, run);
      this.showChips();
      this.source.plan();
    };
    const run = /** @type {RunRow} */ (this.known.get(id));
    return [
      { word: "Open the run", sign: "open", act: () => location.assign(run.url) },
      { word: "Show it alone, or all", sign: "alone", act: () => this.solo(id) },
      { word: isBaseline ? "No baseline" : "Make it the baseline", sign: "baseline", act: () => set({ baseline: isBaseline ? "" : id, group: "" }) },
      { word: "Verdict", sign: "verdict", act: () => judge(run, put) },
      { word: "Note on the run", sign: "note", act: () => annotate(run, put) },
      "rule",
      { word: "Take out of the comparison", sign: "close", act: () => this.remove(id) },
    ];
  }

  /** What can be done with the comparison as a whole. */
  showActions() {
    const [first] = this.ids.flatMap((id) => this.known.get(id) ?? []);
    const note = element("button", { class: "button", type: "button", onclick: () => this.note.edit() }, icon("note"), "Note");
    const all = first && element("a", { class: "button", href: `/compare?project=${encodeURIComponent(first.project)}` }, icon("gradients"), `All runs of ${first.project}`);
    part(document, "actions").replaceChildren(...(this.ids.length > 1 ? [note] : []), ...(all ? [all] : []));
  }

  /** Bring a setting's row into sight. @param {string} key */
  pointAt(key) {
    const row = part(document, "table").querySelector(`[data-key="${CSS.escape(key)}"], [data-metric="${CSS.escape(key)}"]`);
    row?.scrollIntoView({ block: "center", behavior: "smooth" });
    if (row) row.classList.add("side-pointed");
    setTimeout(() => row?.classList.remove("side-pointed"), 2400);
  }
}
