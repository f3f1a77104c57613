"""What is kept of a comparison: notes, verdicts, views; and what is not there, hostile, or a phone."""

import re
from urllib.parse import quote

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.comparing import (
    SCRIPT,
    card,
    open_compare,
    runs,
)
from tests.browser.conftest import signed_in
from tests.browser.looking import scrolls_sideways
from tests.browser.trainings import training
from tests.server_process import RunningServer

__all__ = ["runs"]


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


def test_a_comparison_begins_on_a_runs_own_page_too(page: Page, server: RunningServer, runs: list[str]) -> None:
    page.goto(f"{server.url}/runs/{runs[0]}")
    page.locator('[data-part="more"]').click()
    page.get_by_role("menuitem", name="Compare with other runs").click()
    expect(page.get_by_text("focal-loss needs company")).to_be_visible()
    page.locator(".picker-run", has_text="production").click()
    expect(page).to_have_url(re.compile(rf"/compare\?runs={runs[0]},{runs[1]}"))
    expect(page.locator(".chip")).to_have_count(2)


def test_the_same_samples_stand_side_by_side_under_one_slider(
    page: Page, server: RunningServer, runs: list[str]
) -> None:
    open_compare(page, server.url, runs, "&tab=samples")
    grid = page.locator(".side-samples")
    expect(grid.locator(".side-head")).to_have_count(3)
    expect(grid.locator(".sample")).to_have_count(6)
    expect(page.locator('[data-part="side-order"]')).to_have_text("Worst in px first")
    expect(grid.locator(".side-missing").first).to_contain_text("this run kept none")
    expect(grid.locator(".sample-label").first).to_have_text("err=14px")
    page.locator("#side-epoch").focus()
    page.keyboard.press("Home")
    expect(grid.locator(".sample-label").first).to_have_text("err=22px")
    expect(page).to_have_url(re.compile("epoch=0"))
    page.get_by_role("group", name="Layers").get_by_role("button", name="Error").click()
    expect(grid.locator('[data-kind="error"]').first).to_be_hidden()
    expect(grid.locator('circle[data-kind="gt"]').first).to_be_visible()
    page.reload()
    expect(grid.locator('circle[data-kind="gt"]').first).to_be_visible()
    expect(grid.locator('[data-kind="error"]').first).to_be_hidden()


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


def test_a_note_on_the_comparison_follows_who_else_writes_it(
    page: Page, context: BrowserContext, server: RunningServer, runs: list[str]
) -> None:
    two, three = [runs[0], runs[2]], [runs[2], runs[1], runs[0]]
    other = context.new_page()
    open_compare(page, server.url, two)
    open_compare(other, server.url, [*reversed(two)])
    note = other.locator('[data-part="note"]')
    page.keyboard.press("n")
    page.get_by_role("dialog").get_by_role("textbox").fill("Same **seed**.")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(note.locator("strong")).to_have_text("seed")
    other.keyboard.press("n")
    dialog = other.get_by_role("dialog")
    dialog.get_by_role("textbox").fill("My own words")
    with server.client() as client:
        client.send("PUT", f"/api/compare/note?runs={','.join(three)}", {"note": "of three runs"})
        client.send("PUT", f"/api/compare/note?runs={','.join(two)}", {"note": "from elsewhere"})
    expect(note).to_have_text("from elsewhere")
    expect(dialog.locator(".hint")).to_contain_text("Somebody else changed this note meanwhile")
    expect(dialog.get_by_role("textbox")).to_have_value("My own words")
    expect(page.locator('[data-part="note"]')).to_have_text("from elsewhere")
    other.get_by_role("button", name="Save", exact=True).click()
    expect(page.locator('[data-part="note"]')).to_have_text("My own words")
    other.close()


def test_what_somebody_says_of_a_run_is_on_every_open_page_at_once(
    page: Page, context: BrowserContext, server: RunningServer
) -> None:
    config = {"lr": 0.1}
    with (
        training(server, name="said", project="said", config=config) as one,
        training(server, name="other", project="said", config={"lr": 0.2}) as two,
        server.client() as client,
    ):
        one.run_epochs(2)
        two.run_epochs(2)
        tabs = [context.new_page() for _ in range(3)]
        open_compare(page, server.url, [one.id, two.id])
        for tab, path in zip(tabs, (f"/runs/{one.id}", "/?project=said", "/compare?project=said"), strict=True):
            tab.goto(f"{server.url}{path}")
            expect(tab.locator('[data-part="live"]')).to_have_attribute("data-live", "yes")
        expect(tabs[2].locator(".project-run").first).to_be_visible()
        client.send("PATCH", f"/api/runs/{one.id}", {"verdict": "poor", "tags": ["kept"], "note": "see *it*"})
        for tab in (page, *tabs):
            expect(tab.locator(".verdict", has_text="poor").first).to_be_visible()
        for tab in (page, *tabs[:2]):
            expect(tab.locator(".tag", has_text="kept").first).to_be_visible()
        expect(tabs[0].locator('[data-part="note"] em')).to_have_text("it")
        for tab in tabs:
            tab.close()


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
