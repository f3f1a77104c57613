"""A run's health on its page: told live, opened with evidence, answered with a button, and quiet when all is well."""

import re
import time

from playwright.sync_api import Page, expect

from tests.browser.looking import open_run
from tests.browser.sickness import AGO_SECONDS, alert_of, card, chip, opened, overfit, sick
from tests.browser.trainings import training
from tests.server_process import RunningServer


def test_a_healthy_run_shows_one_calm_line_that_opens_to_every_rule(page: Page, server: RunningServer) -> None:
    with training(server) as run:
        for _ in range(4):
            run.writer.sent = time.time() - AGO_SECONDS + run.epoch
            run.run_epoch()
        open_run(page, server.url, run.id)
        strip = page.locator('[data-part="health"]')
        expect(strip.locator(".health-sum")).to_have_text("All quiet")
        expect(strip.locator(".chip")).to_have_count(0)
        expect(page.locator('[data-part="alerts"]')).to_be_hidden()
        rest = strip.locator(".health-rest")
        expect(rest).to_have_text(re.compile(r"^\d+ ok · \d+ not checked$"))
        expect(strip.locator(".rule-list")).to_be_hidden()
        rest.click()
        expect(rest).to_have_attribute("aria-expanded", "true")
        row = strip.locator('.rule-row[data-rule="milestone_missed"]')
        expect(row).to_contain_text("no milestones are declared")
        assert not page.title().startswith("(")


def test_an_alert_arrives_without_a_reload_and_tells_everything(page: Page, server: RunningServer) -> None:
    with sick(server, epochs=5) as run:
        open_run(page, server.url, run.id)
        expect(page.locator(".health-sum")).to_have_text("All quiet")
        page.evaluate("window.__stayed = true")
        overfit(run, 7)
        expect(chip(page, "overfitting")).to_contain_text("Overfitting")
        expect(chip(page, "overfitting")).to_contain_text("Warning")
        expect(chip(page, "overfitting").locator("use")).to_have_attribute("href", "#icon-warning")
        found = opened(page)
        expect(found.locator(".alert-what")).to_contain_text("val/loss was best at epoch 4")
        expect(found.locator(".alert-since")).to_contain_text("since epoch 4")
        expect(found.locator(".evidence")).to_contain_text("best epoch4")
        expect(found.locator(".alert-part", has_text="Why it matters")).to_be_visible()
        expect(found.locator(".alert-part", has_text="Probable cause")).to_contain_text("by heart")
        expect(found.locator(".alert-step").first).to_contain_text("restore the checkpoint of epoch 4")
        expect(found.locator(".evidence-chart")).to_have_attribute("data-phase", "drawn")
        rule = "/rules?project=tests#overfitting"
        expect(found.get_by_role("link", name="Adjust threshold")).to_have_attribute("href", rule)
        assert page.evaluate("window.__stayed")


def test_the_evidence_chart_marks_the_stretch(page: Page, server: RunningServer) -> None:
    with sick(server) as run:
        open_run(page, server.url, run.id)
        drawn = opened(page).locator(".evidence-chart")
        expect(drawn).to_have_attribute("data-phase", "drawn")
        script = """figure => { const plot = figure.querySelector(".evidence-plot");
            return plot.layout.shapes.filter((one) => one.name === "stretch").map((one) => [one.x0, one.x1]); }"""
        assert drawn.evaluate(script) == [[3.5, 11.5]]


def test_the_tab_tells_how_many_alerts_ask_for_somebody(page: Page, server: RunningServer) -> None:
    with sick(server, epochs=4) as run:
        open_run(page, server.url, run.id)
        expect(page).to_have_title(re.compile(r"^● epoch 4/20"))
        overfit(run, 8)
        expect(page).to_have_title(re.compile(r"^\(\d\) ● epoch 12/20"))
        expect(page.locator('[data-part="favicon"]')).to_have_attribute("href", re.compile("favicon-warning"))
        run.log({"train/loss": float("nan")}, steps=3)
        expect(page.locator('[data-part="favicon"]')).to_have_attribute("href", re.compile("favicon-critical"))


def test_news_are_said_aloud_critical_ones_at_once(page: Page, server: RunningServer) -> None:
    with sick(server, epochs=5) as run:
        open_run(page, server.url, run.id)
        expect(page.locator(".health-sum")).to_have_text("All quiet")
        overfit(run, 7)
        expect(page.locator('[data-part="said-politely"][aria-live="polite"]')).to_contain_text(
            "Warning alert: Overfitting."
        )
        run.log({"train/loss": float("nan")}, steps=3)
        expect(page.locator('[data-part="said-at-once"][role="alert"]')).to_contain_text("Critical alert: ")
        expect(page.locator('[data-part="said-politely"]')).not_to_contain_text("Critical")


def test_the_worst_alert_stands_first_and_is_open(page: Page, server: RunningServer) -> None:
    with sick(server) as run:
        run.log({"train/loss": float("nan")}, steps=3)
        alert_of(server, run.id, "nonfinite")
        open_run(page, server.url, run.id)
        first = page.locator(".alerts-open > .alert").first
        expect(first).to_have_attribute("data-severity", "critical")
        expect(first.locator(".alert-head")).to_have_attribute("aria-expanded", "true")
        expect(page.locator('.chip[data-state="firing"]').first).to_have_attribute("data-severity", "critical")


def test_an_address_opens_its_alert(page: Page, server: RunningServer) -> None:
    with sick(server) as run:
        run.log({"train/loss": float("nan")}, steps=3)
        id_ = alert_of(server, run.id, "overfitting")["id"]
        open_run(page, server.url, run.id, f"?alert={id_}")
        expect(card(page).locator(".alert-head")).to_have_attribute("aria-expanded", "true")
        expect(card(page).locator(".alert-head")).to_be_in_viewport()
        expect(card(page).locator(".alert-head")).to_be_focused()


def test_a_card_keeps_the_focus_when_one_above_it_leaves(page: Page, server: RunningServer) -> None:
    with sick(server) as run:
        run.log({"train/loss": float("nan")}, steps=3)
        above, below = alert_of(server, run.id, "nonfinite"), alert_of(server, run.id, "overfitting")
        open_run(page, server.url, run.id)
        head = card(page).locator(".alert-head")
        head.focus()
        expect(page.locator(f'.alerts-open > .alert[data-alert="{above["id"]}"]')).to_be_visible()
        with server.client() as client:
            ids = [one["id"] for one in client.get(f"/api/runs/{run.id}/health")["alerts"] if one["id"] != below["id"]]
            assert client.send("POST", "/api/alerts/acknowledge", {"ids": ids}).status == 200
        expect(page.locator(".alerts-open > .alert").first).to_have_attribute("data-alert", str(below["id"]))
        expect(head).to_be_focused()


def test_an_acknowledged_alert_leaves_the_top_and_the_tab_and_can_be_opened_again(
    page: Page, server: RunningServer
) -> None:
    with sick(server) as run:
        open_run(page, server.url, run.id)
        opened(page).get_by_role("button", name="Acknowledge").click()
        expect(page.locator(".alerts-quiet .alert-title", has_text="Overfitting")).to_have_count(1)
        expect(page.locator(".alerts-sum")).to_contain_text("1 acknowledged")
        assert alert_of(server, run.id, "overfitting")["acknowledged_by"] == "viewer"
        page.locator(".alerts-sum").click()
        card(page).get_by_role("button", name="Reopen").click()
        expect(page.locator(".alerts-open .alert-title", has_text="Overfitting")).to_have_count(1)


def test_an_alert_is_muted_in_its_run_and_speaks_again(page: Page, server: RunningServer) -> None:
    with sick(server) as run:
        open_run(page, server.url, run.id)
        opened(page).get_by_role("button", name="Mute").click()
        page.get_by_role("menuitem", name="In this run").click()
        expect(page.locator(".alerts-sum")).to_contain_text("1 muted")
        expect(chip(page, "overfitting")).to_have_count(0)
        assert alert_of(server, run.id, "overfitting")["muted"] == "run"
        page.locator(".alerts-sum").click()
        card(page).get_by_role("button", name="Unmute").click()
        expect(chip(page, "overfitting")).to_contain_text("Warning")


def test_health_checks_are_paused_and_resumed_from_the_runs_menu(page: Page, server: RunningServer) -> None:
    with sick(server, epochs=5) as run:
        open_run(page, server.url, run.id)
        page.get_by_role("button", name="More").first.click()
        page.get_by_role("menuitem", name="Pause health checks").click()
        expect(page.locator(".health-sum")).to_have_text("Health checks paused")
        overfit(run, 7)
        expect(page.locator('[data-part="epoch"]')).to_have_text("12")
        expect(page.locator(".chip")).to_have_count(0)
        page.get_by_role("button", name="Resume").click()
        expect(page.locator(".health-sum")).not_to_have_text("Health checks paused")


def test_an_alert_that_was_looked_at_is_no_longer_unread(page: Page, server: RunningServer) -> None:
    with sick(server) as run:
        assert alert_of(server, run.id, "overfitting")["seen_ms"] is None
        id_ = alert_of(server, run.id, "overfitting")["id"]
        with page.expect_response(lambda answer: answer.url.endswith("/api/alerts/seen")):
            open_run(page, server.url, run.id, f"?alert={id_}")
        expect(card(page).locator(".unread")).to_be_hidden()
        assert alert_of(server, run.id, "overfitting")["seen_ms"] is not None


def test_what_a_recommendation_gives_is_copied(page: Page, server: RunningServer) -> None:
    with sick(server) as run:
        open_run(page, server.url, run.id)
        copy = opened(page).locator(".alert-step", has_text="restore the checkpoint").get_by_role("button", name="Copy")
        expect(copy).to_have_attribute("title", "Copy 4")
        copy.evaluate(
            """button => new MutationObserver(() => (window.__said = (window.__said ?? "") + button.textContent))
                .observe(button, { subtree: true, childList: true })"""
        )
        copy.click()
        page.wait_for_function("() => window.__said?.startsWith('Copied')")  # it says so for a moment only


def test_the_alerts_are_reached_and_answered_by_keyboard(page: Page, server: RunningServer) -> None:
    with sick(server) as run:
        open_run(page, server.url, run.id)
        chip(page, "overfitting").focus()
        page.keyboard.press("Enter")
        expect(card(page).locator(".alert-head")).to_be_focused()
        page.keyboard.press("Enter")
        expect(card(page).locator(".alert-head")).to_have_attribute("aria-expanded", "false")
        page.keyboard.press("Enter")
        expect(card(page).get_by_role("button", name="Acknowledge")).to_be_visible()
        expect(card(page).get_by_role("button", name="Stop run")).to_be_visible()
