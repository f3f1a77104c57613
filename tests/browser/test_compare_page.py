"""The Compare page: runs side by side, what the numbers support, charts over one another, all runs of a project."""

import re
from collections.abc import Iterator, Sequence
from typing import Any
from urllib.parse import quote

import pytest
from playwright.sync_api import BrowserContext, Locator, Page, expect

from tests.browser.conftest import signed_in
from tests.browser.looking import LOAD_MS, contrast, scrolls_sideways, traces
from tests.browser.trainings import Training, training
from tests.server.images import png
from tests.server_process import RunningServer

LARGE = {"model": {"hidden_dim": 256, "num_heads": 8}, "batch_size": 32, "lr": 5.4e-05, "amp": True}
SMALL = {"model": {"hidden_dim": 96, "num_heads": 4}, "batch_size": 8, "lr": "9.0e-05", "amp": True}
SCRIPT = "<img src=x onerror=window.__hurt=1><b>bold</b>"
KEY = "cd" * 16


@pytest.fixture(scope="module")
def runs(server: RunningServer) -> list[str]:
    """Three experiments: two alike and never tested, one smaller and tested."""
    ids = []
    for name, config, best in (
        ("focal-loss", LARGE, 0.9377),
        ("production", LARGE, 0.9370),
        ("multihead", SMALL, 0.9348),
    ):
        with training(server, name=name, project="abr", config=config, planned_epochs=40) as run:
            for epoch in range(12):
                accuracy = best if epoch == 8 else best - 0.4 * 0.6**epoch - 0.001
                run.run_epoch(val_acc=accuracy, **({"test_acc": 0.91} if name == "multihead" and epoch == 11 else {}))
                if epoch in (0, 8) and name != "production":
                    run.samples(samples_of(20.0 - epoch), {KEY: png(64, 64)} if epoch == 0 else None)
            run.end("finished" if name == "multihead" else "stopped")
            ids.append(run.id)
    return ids


def samples_of(error: float) -> list[dict[str, Any]]:
    at = {"image": KEY, "width": 64, "height": 64, "gt": [[20, 30]]}
    return [{"id": f"s{k}", "pred": [[20 + error + k, 30]], **at} for k in range(3)]


def open_compare(page: Page, url: str, runs: Sequence[str], query: str = "") -> None:
    page.goto(f"{url}/compare?runs={','.join(runs)}{query}")
    expect(page.locator('[data-part="live"]')).to_have_attribute("data-live", "yes")
    expect(page.locator('[data-part="comparison"]')).to_have_attribute("data-told", str(len(runs)))


def card(page: Page, metric: str, where: str = "charts") -> Locator:
    found = page.locator(f'[data-part="{where}"] [data-chart="{metric}"]')
    expect(found).to_have_attribute("data-phase", "drawn", timeout=LOAD_MS)
    return found


def lines(chart: Locator) -> dict[str, dict[str, Any]]:
    return {trace["meta"]["run"]: trace for trace in traces(chart) if "part" not in trace["meta"]}


def wait_for_lines(page: Page, metric: str, claim: str, where: str = "charts") -> None:
    """Wait until a claim in JavaScript about a chart's lines, without their marks, holds."""
    script = f"""([metric, where]) => {{
        const plot = document.querySelector(`[data-part="${{where}}"] [data-chart="${{metric}}"] .chart-plot`);
        const lines = plot?.data?.filter((trace) => !trace.meta?.part);
        const layout = plot?.layout;
        return Boolean(lines && ({claim}));
    }}"""
    page.wait_for_function(script, arg=[metric, where], timeout=LOAD_MS)


def row(page: Page, metric: str) -> Locator:
    return page.locator(f'[data-part="table"] [data-metric="{metric}"]')


def test_the_table_says_best_not_last_and_never_tested_is_not_zero(
    page: Page, server: RunningServer, runs: list[str]
) -> None:
    open_compare(page, server.url, runs)
    cells = row(page, "val/acc").locator(".side-cell")
    expect(cells).to_have_text(
        [re.compile(r"93\.77 %.*@ 8.*last 93"), re.compile(r"93\.70 %"), re.compile(r"93\.48 %")]
    )
    expect(cells.nth(0).locator(".side-value")).to_have_attribute("data-best", "")
    assert cells.nth(0).locator(".side-value").evaluate("cell => Number(getComputedStyle(cell).fontWeight)") >= 700
    assert cells.nth(1).locator(".side-value").evaluate("cell => Number(getComputedStyle(cell).fontWeight)") < 700
    tested = row(page, "val/acc").locator("+ [data-test] .side-cell")
    expect(tested).to_have_text(["never tested1", "never tested1", re.compile(r"91\.00 %.*−2\.48 points to val")])
    expect(page.locator('[data-part="footnotes"]')).to_contain_text("That is no score of 0")
    assert contrast(page.locator(".side-absent").first) >= 4.5


def test_findings_are_sentences_that_lead_to_runs_and_settings(
    page: Page, server: RunningServer, runs: list[str]
) -> None:
    open_compare(page, server.url, runs)
    findings = page.locator('[data-part="findings"]')
    alike = findings.locator('[data-kind="nearly_identical"]')
    expect(alike).to_contain_text("focal-loss and production")
    expect(alike.get_by_role("link", name="production")).to_have_attribute("href", f"/runs/{runs[1]}")
    expect(findings.locator('[data-kind="never_tested"]')).to_contain_text(
        "focal-loss and production were never tested"
    )
    better = findings.locator('[data-kind="better_settings"]').first
    expect(better.locator(".finding-caution")).to_contain_text("n = 3 runs: a hint, no proof")
    better.get_by_role("button", name="batch_size").click()
    expect(page.locator('[data-key="batch_size"]')).to_be_in_viewport()


def test_settings_show_what_differs_and_on_demand_everything(
    page: Page, server: RunningServer, runs: list[str]
) -> None:
    open_compare(page, server.url, runs)
    keys = page.locator('[data-part="table"] [data-key]')
    expect(keys).to_have_count(4)
    expect(page.locator('[data-key="lr"] .side-mark')).to_have_text("text, not a number")
    page.keyboard.press("d")
    expect(keys).to_have_count(5)
    expect(page).to_have_url(re.compile("rows=all"))
    expect(page.locator('[data-key="amp"]')).to_have_attribute("data-same", "")
    expect(row(page, "train/loss_signal")).to_be_visible()


def test_a_chip_hides_a_run_on_every_chart_and_shows_it_alone(
    page: Page, server: RunningServer, runs: list[str]
) -> None:
    open_compare(page, server.url, runs, "&tab=charts")
    assert set(lines(card(page, "val/acc"))) == set(runs)
    colours = {run: trace["colour"] for run, trace in lines(card(page, "val/acc")).items()}
    assert len(set(colours.values())) == 3, "every run in its own colour"
    chips = page.locator(".chip-main")
    chips.nth(1).click()
    wait_for_lines(page, "val/acc", "lines.length === 2")
    wait_for_lines(page, "val/loss", "lines.length === 2")
    expect(page).to_have_url(re.compile(f"hidden={runs[1]}"))
    page.reload()
    assert set(lines(card(page, "val/acc"))) == {runs[0], runs[2]}
    expect(page.locator(".chip-main").nth(1)).to_have_attribute("aria-pressed", "false")
    page.keyboard.press("2")
    wait_for_lines(page, "val/acc", "lines.length === 3")
    page.locator(".chip-main").nth(2).dblclick()
    wait_for_lines(page, "val/acc", "lines.length === 1")
    assert lines(card(page, "val/acc"))[runs[2]]["colour"] == colours[runs[2]]


def test_alignment_scale_baseline_and_grouping_live_in_the_address(
    page: Page, server: RunningServer, runs: list[str]
) -> None:
    open_compare(page, server.url, runs, "&tab=charts")
    card(page, "val/acc")
    page.get_by_role("button", name="% plan").click()
    wait_for_lines(page, "val/acc", "lines[0].x.at(-1) === 30")
    page.keyboard.press("l")
    wait_for_lines(page, "val/acc", "layout.yaxis.type === 'log'")
    page.locator('[data-part="baseline"]').select_option(label="multihead")
    wait_for_lines(page, "val/acc", "Math.abs(lines[0].y[8] - (0.9377 - 0.9348)) < 1e-9 && lines[2].y[3] === 0")
    expect(page.locator(f'.chip[data-run="{runs[2]}"] .chip-base')).to_be_visible()
    page.locator('[data-part="group"]').select_option(label="batch_size")
    wait_for_lines(page, "val/acc", "lines.length === 2")
    expect(page.locator('[data-part="legend"]')).to_have_text("batch_size 32 (2 runs)batch_size 8 (1 run)")
    expect(page).to_have_url(re.compile("x=fraction&scale=log&group=batch_size"))
    page.reload()
    wait_for_lines(page, "val/acc", "lines.length === 2 && layout.yaxis.type === 'log'")


def test_a_zoom_and_the_cursor_are_shared_by_all_charts(page: Page, server: RunningServer, runs: list[str]) -> None:
    open_compare(page, server.url, runs, "&tab=charts")
    box = card(page, "val/acc").locator(".chart-plot").bounding_box()
    card(page, "val/loss")
    assert box is not None
    page.mouse.move(box["x"] + 0.3 * box["width"], box["y"] + 80)
    page.mouse.down()
    page.mouse.move(box["x"] + 0.6 * box["width"], box["y"] + 90, steps=4)
    page.mouse.up()
    expect(page).to_have_url(re.compile(r"from=[\d.]+&to=[\d.]+"))
    wait_for_lines(page, "val/loss", "layout.xaxis.range?.[0] > 1")
    page.keyboard.press("z")
    wait_for_lines(page, "val/loss", "layout.xaxis.range?.[0] <= 0")


def test_other_splits_are_folded_and_found_by_name(page: Page, server: RunningServer, runs: list[str]) -> None:
    open_compare(page, server.url, runs, "&tab=charts")
    expect(page.locator('[data-group="lead"] [data-chart]')).to_have_attribute("data-chart", "val/acc")
    expect(page.locator('[data-chart="train/loss_peak"]')).to_have_count(0)
    page.keyboard.press("f")
    page.keyboard.type("loss_pe")
    card(page, "train/loss_peak")
    expect(page.locator('[data-part="charts"] [data-chart]')).to_have_count(1)
    page.locator('[data-part="filter"]').fill("")
    page.locator('[data-group="train"] summary').click()
    card(page, "train/loss_peak")


def test_a_running_run_is_followed_without_a_flicker(page: Page, server: RunningServer, runs: list[str]) -> None:
    with training(server, name="still going", project="abr", config=LARGE) as run:
        run.run_epochs(3)
        open_compare(page, server.url, [runs[0], run.id])
        chart = card(page, "val/acc", "lead")
        chart.evaluate("card => { card.dataset.same = 'yes'; }")
        expect(row(page, "val/acc").locator(".side-cell").nth(1)).to_contain_text("@ 2")
        run.run_epoch(val_acc=0.99)
        expect(row(page, "val/acc").locator(".side-cell").nth(1)).to_contain_text("99.00 %")
        wait_for_lines(page, "val/acc", "lines[1].x.length === 4 && lines[1].y[3] === 0.99", "lead")
        expect(chart).to_have_attribute("data-same", "yes")
        run.end("finished")
        expect(page.locator(f'.chip[data-run="{run.id}"] [data-state="finished"]')).to_be_visible()


def test_runs_are_added_by_words_and_taken_out_again(page: Page, server: RunningServer, runs: list[str]) -> None:
    open_compare(page, server.url, runs[:2])
    page.keyboard.press("a")
    search = page.get_by_role("combobox", name="Search runs")
    search.fill("multih")
    expect(page.locator(".picker-run")).to_have_count(1)
    search.press("Enter")
    expect(page.locator(".picker-run")).to_have_count(0)
    page.keyboard.press("Escape")
    expect(page.locator(".chip")).to_have_count(3)
    expect(page).to_have_url(re.compile(f"runs={','.join(runs)}"))
    expect(row(page, "val/acc").locator(".side-cell")).to_have_count(3)
    for left in (2, 1):
        page.locator(".chip-more").last.click()
        page.get_by_role("menuitem", name="Take out of the comparison").click()
        expect(page.locator(".chip")).to_have_count(left)
    expect(page.get_by_text("focal-loss needs company")).to_be_visible()
    page.get_by_role("combobox", name="Search runs").fill("production")
    page.locator(".picker-run").first.click()
    expect(page.locator('[data-part="comparison"]')).to_be_visible()
    expect(row(page, "val/acc").locator(".side-cell")).to_have_count(2)


def test_what_is_not_there_is_said(page: Page, server: RunningServer, runs: list[str]) -> None:
    page.goto(f"{server.url}/compare?runs={runs[0]},gone,{runs[1]}&x=nonsense&from=b&tab=%3Cb%3E")
    expect(page.locator('[data-part="notice"]')).to_have_text("Run gone does not exist any more.")
    expect(page.locator(".chip")).to_have_count(2)
    card(page, "val/acc", "lead")
    page.goto(f"{server.url}/compare")
    expect(page.get_by_text("Choose two to eight runs")).to_be_visible()
    expect(page.locator(".picker-run").first).to_be_visible()
    with training(server, name="bare", tracked=None) as bare, training(server, name="other", tracked=None) as other:
        bare.log({"one": 1.0})
        other.log({"two": 2.0})
        open_compare(page, server.url, [bare.id, other.id])
        expect(page.locator('[data-part="findings"]')).to_contain_text("too little in common")
        expect(page.locator('[data-part="table"]')).to_contain_text("no metric in common")


def test_a_run_that_is_deleted_leaves_the_comparison(page: Page, server: RunningServer, runs: list[str]) -> None:
    with training(server, name="short-lived") as run:
        run.run_epochs(1)
        run.end("finished")
    open_compare(page, server.url, [*runs[:2], run.id])
    with server.client() as client:
        assert client.ask("DELETE", f"/api/runs/{run.id}").status == 204
    expect(page.locator(".chip")).to_have_count(2)
    expect(page.locator(".toast")).to_contain_text("short-lived was deleted")


@pytest.mark.usefixtures("runs")
def test_runs_are_chosen_on_the_runs_page(page: Page, server: RunningServer) -> None:
    page.goto(f"{server.url}/?project=abr&sort=name")
    expect(page.locator(".runs-title").first).to_be_visible()
    button = page.locator('[data-part="selection-compare"]')
    page.keyboard.press("j")
    page.keyboard.press("x")
    expect(button).to_be_disabled()
    page.keyboard.press("j")
    page.keyboard.press("x")
    expect(button).to_be_enabled()
    page.keyboard.press("c")
    expect(page).to_have_url(re.compile(r"/compare\?runs=[^,]+,[^,]+$"))
    expect(page.locator(".chip")).to_have_count(2)


def test_the_same_samples_stand_side_by_side_under_one_slider(
    page: Page, server: RunningServer, runs: list[str]
) -> None:
    open_compare(page, server.url, runs, "&tab=samples")
    grid = page.locator(".side-samples")
    expect(grid.locator(".side-head")).to_have_count(3)
    expect(grid.locator(".sample")).to_have_count(6)
    expect(grid.locator(".side-missing").first).to_contain_text("this run kept none")
    expect(grid.locator(".sample-label").first).to_have_text("err=14px")
    page.locator("#side-epoch").focus()
    page.keyboard.press("Home")
    expect(grid.locator(".sample-label").first).to_have_text("err=22px")
    expect(page).to_have_url(re.compile("epoch=0"))


def test_a_note_on_the_comparison_is_markdown_that_can_do_nothing(
    page: Page, server: RunningServer, runs: list[str]
) -> None:
    open_compare(page, server.url, runs[:2])
    page.keyboard.press("n")
    page.get_by_role("dialog").get_by_role("textbox").fill(f"Same **data**. {SCRIPT} [paper](https://a.example/x)")
    page.get_by_role("button", name="Save", exact=True).click()
    note = page.locator('[data-part="note"]')
    expect(note.locator("strong")).to_have_text("data")
    expect(note).to_contain_text(SCRIPT)
    expect(note.get_by_role("link")).to_have_attribute("rel", "noopener noreferrer")
    open_compare(page, server.url, [runs[1], runs[0]])
    expect(note.locator("strong")).to_have_text("data")
    assert page.evaluate("window.__hurt ?? null") is None


def test_a_verdict_by_hand_is_a_chip_everywhere(page: Page, server: RunningServer) -> None:
    with (
        training(server, name="judged", project="verdicts") as one,
        training(server, name="other", project="verdicts") as two,
    ):
        one.run_epochs(1)
        two.run_epochs(1)
        open_compare(page, server.url, [one.id, two.id])
        page.locator(".chip-more").first.click()
        page.get_by_role("menuitem", name="Verdict").click()
        page.get_by_role("dialog").get_by_role("button", name="poor").click()
        page.get_by_role("button", name="Save", exact=True).click()
        expect(page.locator(".chip .verdict").first).to_have_text("poor")
        expect(page.locator('[data-part="table"] .verdict')).to_have_text("poor")
        page.goto(f"{server.url}/?project=verdicts")
        expect(page.locator(f'[data-id="{one.id}"] .verdict')).to_have_text("poor")
        page.goto(f"{server.url}/runs/{one.id}")
        expect(page.locator('[data-part="verdict"]')).to_have_text("poor")


def test_a_runs_note_is_rendered_and_follows_who_else_writes_it(page: Page, server: RunningServer) -> None:
    with training(server, name="noted") as run, server.client() as client:
        run.run_epochs(1)
        client.send("PATCH", f"/api/runs/{run.id}", {"note": "keep as **reference**"})
        page.goto(f"{server.url}/runs/{run.id}")
        note = page.locator('[data-part="note"]')
        expect(note.locator("strong")).to_have_text("reference")
        expect(page.locator('[data-part="live"]')).to_have_attribute("data-live", "yes")
        client.send("PATCH", f"/api/runs/{run.id}", {"note": "- one\n- two"})
        expect(note.locator("li")).to_have_text(["one", "two"])
        client.send("PATCH", f"/api/runs/{run.id}", {"note": ""})
        expect(note).to_be_hidden()


def test_a_view_is_saved_opened_and_deleted(page: Page, server: RunningServer, runs: list[str]) -> None:
    open_compare(page, server.url, runs, "&x=fraction&rows=all")
    page.locator('[data-part="views"]').click()
    page.get_by_role("menuitem", name="Save this view").click()
    page.get_by_role("dialog").get_by_role("textbox").fill("three experiments")
    page.keyboard.press("Enter")
    expect(page.locator(".toast")).to_contain_text("Saved as")
    page.goto(f"{server.url}/")
    page.locator('[data-part="views"]').click()
    page.get_by_role("menuitem", name="three experiments").click()
    expect(page).to_have_url(re.compile(r"/compare\?runs=.*x=fraction&rows=all"))
    page.locator('[data-part="views"]').click()
    page.get_by_role("menuitem", name="All saved views").click()
    page.get_by_role("button", name="Delete three experiments").click()
    expect(page.locator(".views-line")).to_have_count(0)


def test_hostile_names_are_text(page: Page, server: RunningServer) -> None:
    named = {"project": SCRIPT, "planned_epochs": 20}
    with (
        training(server, name=SCRIPT, config={SCRIPT: SCRIPT, "k": 1}, **named) as one,
        training(server, name=f"{SCRIPT} 2", config={SCRIPT: "x", "k": 2}, **named) as two,
    ):
        for run in (one, two):
            run.run_epochs(6)
            run.end("stopped")
    open_compare(page, server.url, [one.id, two.id], "&group=k")
    card(page, "val/acc", "lead")
    expect(page.locator(".chip-name").first).to_have_text(SCRIPT)
    expect(page.locator(".side-key").first).to_have_text(SCRIPT)
    page.goto(f"{server.url}/compare?project={quote(SCRIPT)}")
    expect(page.locator('[data-part="title"]')).to_have_text(SCRIPT)
    expect(page.locator(".axis .metric").first).to_be_visible()
    expect(page.locator(".project-run .side-link").first).to_contain_text(SCRIPT)
    assert page.evaluate("window.__hurt ?? null") is None


def test_on_a_phone_nothing_scrolls_sideways(phone: BrowserContext, server: RunningServer, runs: list[str]) -> None:
    page = signed_in(phone, server)
    for tab in ("overview", "charts", "samples"):
        open_compare(page, server.url, runs, f"&tab={tab}")
        assert not scrolls_sideways(page), tab
    page.goto(f"{server.url}/compare?project=abr")
    expect(page.locator(".project-run").first).to_be_visible()
    assert not scrolls_sideways(page)
    page.goto(f"{server.url}/compare")
    expect(page.locator(".picker-run").first).to_be_visible()
    assert not scrolls_sideways(page)


@pytest.fixture(scope="module")
def crowded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    """A server with a thousand runs of one project."""
    with RunningServer(tmp_path_factory.mktemp("crowd")) as server, server.client() as client:
        for place in range(1_000):
            run = Training(client, id=f"w{place:011d}")
            config = {
                "lr": 10 ** -(2 + place % 40 / 10),
                "dim": 64 * (1 + place % 5),
                "act": ("gelu", "relu")[place % 2],
            }
            run.begin(name=f"trial {place:04d}", project="sweep", config=config)
            run.run_epoch(val_acc=0.5 + place / 2_500, val_loss=1 - place / 2_500)
        yield server


def test_axes_choose_runs_that_are_compared_with_one_press(context: BrowserContext, crowded: RunningServer) -> None:
    page = signed_in(context, crowded)
    page.goto(f"{crowded.url}/compare?project=sweep")
    axes = page.locator("[data-part='axes'] .axis .metric")
    expect(axes).to_have_text(["lr", "dim", "act", "val/acc"])
    expect(page.locator('[data-part="parallel"]')).to_have_attribute("data-kept", "1000")
    expect(page.locator(".project-run .side-link").first).to_have_text("trial 0999")
    assert page.locator(".project-run").count() < 100, "only as many as somebody reads"
    track = page.locator(".parallel-track").last.bounding_box()
    assert track is not None
    x, height = track["x"] + track["width"] / 2, track["height"]
    page.mouse.move(x, track["y"] + 0.5 * height)
    page.mouse.down()
    page.mouse.move(x, track["y"] + 0.6 * height, steps=5)
    page.mouse.up()
    expect(page.locator('[data-part="list-title"]')).to_contain_text("runs chosen")
    kept = int(page.locator('[data-part="parallel"]').get_attribute("data-kept") or 0)
    assert 80 <= kept <= 120
    for tick in (0, 2):
        page.locator(".project-run input").nth(tick).check()
    page.get_by_role("button", name="Compare these 2").click()
    expect(page).to_have_url(re.compile(r"/compare\?runs=\w+,\w+$"))
    expect(page.locator(".chip")).to_have_count(2)


def test_axes_are_added_moved_and_kept_in_the_address(context: BrowserContext, crowded: RunningServer) -> None:
    page = signed_in(context, crowded)
    page.goto(f"{crowded.url}/compare?project=sweep")
    expect(page.locator('[data-part="parallel"]')).to_have_attribute("data-kept", "1000")
    page.locator('[data-part="add-axis"]').select_option(label="val/loss")
    names = page.locator(".parallel-name")
    expect(names).to_have_text(["lr", "dim", "act", "val/acc", "val/loss"])
    names.nth(1).focus()
    page.keyboard.press("ArrowLeft")
    expect(names).to_have_text(["dim", "lr", "act", "val/acc", "val/loss"])
    page.get_by_role("button", name="Take act away").click()
    expect(names).to_have_text(["dim", "lr", "val/acc", "val/loss"])
    page.reload()
    expect(names).to_have_text(["dim", "lr", "val/acc", "val/loss"])
    page.locator('[data-part="scatter-x"]').select_option(label="dim")
    expect(page).to_have_url(re.compile("axes=dim,lr,val/acc,val/loss&sx=dim"))
    page.locator(".parallel-track").nth(2).focus()
    page.keyboard.press("ArrowUp")
    expect(page.locator('[data-part="list-title"]')).to_contain_text("of 1 000 runs chosen")
    page.keyboard.press("Escape")
    expect(page.locator('[data-part="parallel"]')).to_have_attribute("data-kept", "1000")


def test_brushing_and_picking_among_a_thousand_take_a_blink(context: BrowserContext, crowded: RunningServer) -> None:
    page = signed_in(context, crowded)
    page.goto(f"{crowded.url}/compare?project=sweep")
    expect(page.locator('[data-part="parallel"]')).to_have_attribute("data-kept", "1000")
    expect(page.locator(".project-scatter .point")).to_have_count(1_000, timeout=LOAD_MS)  # Plotly has come, once
    longest = page.evaluate(
        """async () => {
            const track = [...document.querySelectorAll(".parallel-track")].at(-1);
            let worst = 0;
            for (let press = 0; press < 10; press++) {
                const before = performance.now();
                track.dispatchEvent(new KeyboardEvent("keydown", { key: "ArrowUp", cancelable: true }));
                await new Promise(requestAnimationFrame);
                worst = Math.max(worst, performance.now() - before);
            }
            return worst;
        }"""
    )
    assert longest < 200, "choosing among a thousand runs takes a blink"
    page.goto(f"{crowded.url}/compare")
    expect(page.locator(".picker-run").first).to_be_visible()
    longest = page.evaluate(
        """async () => {
            const field = document.querySelector(".picker input");
            let worst = 0;
            for (const text of ["t", "tr", "trial 04", "", "trial 0422"]) {
                const before = performance.now();
                field.value = text;
                field.dispatchEvent(new Event("input"));
                await new Promise(requestAnimationFrame);
                worst = Math.max(worst, performance.now() - before);
            }
            return worst;
        }"""
    )
    assert longest < 200, "a letter typed among a thousand runs takes a blink"
    expect(page.locator(".picker-name")).to_have_text(["trial 0422"])
