"""Runs side by side: tables, findings, charts that share one cursor, all in the address."""

import re

from playwright.sync_api import Page, expect

from tests.browser.comparing import (
    LARGE,
    card,
    lines,
    open_compare,
    row,
    runs,
    wait_for_lines,
)
from tests.browser.looking import contrast
from tests.browser.trainings import training
from tests.server_process import RunningServer

__all__ = ["runs"]


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


def test_a_run_that_was_tested_on_other_metrics_is_not_called_untested(page: Page, server: RunningServer) -> None:
    with training(server, name="one") as one, training(server, name="two") as two:
        for run, tested in ((one, "test_acc"), (two, "test_loss")):
            for _ in range(2):
                run.run_epoch(val_acc=0.5, **{tested: 0.25})
            run.end("finished")
        open_compare(page, server.url, [one.id, two.id])
    cells = row(page, "val/acc").locator("+ [data-test] .side-cell")
    expect(cells).to_have_text([re.compile(r"25\.00 %"), "never computed1"])
    expect(page.locator('[data-part="footnotes"]')).to_have_text(
        "1 The run never logged this metric. That is no value of 0."
    )


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
    search.fill(f"multih {runs[2]}")
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
