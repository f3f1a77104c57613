"""A page that is open follows its run: charts, head, feed and title, without a reload."""

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.conftest import signed_in
from tests.browser.looking import chart, line_of, open_run, traces, wait_for_points
from tests.browser.trainings import training
from tests.server_process import RunningServer


def test_charts_gain_epochs_without_a_reload(page: Page, server: RunningServer) -> None:
    with training(server) as run:
        run.run_epochs(3)
        open_run(page, server.url, run.id)
        page.evaluate("window.__stayed = true")
        assert line_of(chart(page, "metric:loss"), "val/loss")["x"] == [0, 1, 2]
        run.run_epochs(2)
        wait_for_points(page, "metric:loss", "val/loss", 5)
        assert line_of(chart(page, "metric:loss"), "val/loss")["x"] == [0, 1, 2, 3, 4]
        assert page.evaluate("window.__stayed")


def test_charts_by_step_gain_every_logged_point_as_it_comes(page: Page, server: RunningServer) -> None:
    with training(server) as run:
        run.log({"train/loss": 2.0}, steps=4)
        open_run(page, server.url, run.id, "?x=step")
        wait_for_points(page, "metric:loss", "train/loss", 4)
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url) if "/charts/" in request.url else None)
        for value in (1.5, 1.25, 1.0):
            run.log({"train/loss": value})
        wait_for_points(page, "metric:loss", "train/loss", 7)
        line = line_of(chart(page, "metric:loss"), "train/loss")
        assert line["x"] == [0, 1, 2, 3, 4, 5, 6]
        assert line["y"] == [2, 2, 2, 2, 1.5, 1.25, 1]
        assert asked == [], "points that came with the stream are not fetched again"


def test_a_new_metric_gets_its_chart_while_the_page_is_open(page: Page, server: RunningServer) -> None:
    with training(server) as run:
        run.run_epochs(2)
        open_run(page, server.url, run.id)
        chart(page, "metric:loss")
        run.log({"val/wer": 0.4}, steps=3)
        expect(page.locator('[data-chart="metric:wer"]')).to_be_visible()


def test_the_head_tells_epoch_best_and_patience_live(page: Page, server: RunningServer) -> None:
    with training(server) as run:
        run.run_epochs(2)
        open_run(page, server.url, run.id)
        expect(page.locator('[data-part="epoch"]')).to_have_text("2")
        run.run_epoch(val_acc=0.25)
        expect(page.locator('[data-part="epoch"]')).to_have_text("3")
        expect(page.locator('[data-part="planned"]')).to_have_text(" / 20")
        expect(page.locator('[data-part="value"]')).to_have_text("0.2500")
        expect(page.locator('[data-part="best"]')).to_contain_text("@ 1")
        expect(page.locator('[data-part="waited"]')).to_have_text("1 / 6")
        expect(page.locator('[data-part="patience"] > [data-waited]')).to_have_count(1)
        expect(page).to_have_title(f"● epoch 3/20 · {run.id}")


def test_news_of_the_run_appear_in_the_feed(page: Page, server: RunningServer) -> None:
    with training(server) as run:
        open_run(page, server.url, run.id)
        expect(page.locator(".feed-line").first).to_contain_text("Began")
        run.post(events=[{"type": "note", "text": "learning rate halved by hand"}])
        expect(page.locator(".feed-line").first).to_contain_text("learning rate halved by hand")


def test_eight_tabs_share_one_stream_and_all_are_live(context: BrowserContext, server: RunningServer) -> None:
    with training(server) as run:
        run.run_epochs(1)
        # A browser opens six connections to a server: with a stream for each tab the seventh could not even load.
        tabs = [signed_in(context, server), *(context.new_page() for _ in range(7))]
        for tab in tabs[:-1]:
            tab.goto(f"{server.url}/?q={run.id}")
            expect(tab.locator('[data-part="live"]')).to_have_attribute("data-live", "yes")
        open_run(tabs[-1], server.url, run.id)
        run.run_epochs(1)
        for tab in tabs[:-1]:
            tab.bring_to_front()  # a tab in the back draws nothing
            expect(tab.locator(".runs-epoch .number").first).to_have_text("2 / 20")
        tabs[-1].bring_to_front()
        expect(tabs[-1].locator('[data-part="epoch"]')).to_have_text("2")


def test_the_spread_of_an_epoch_grows_with_its_line(page: Page, server: RunningServer) -> None:
    with training(server) as run:
        run.run_epochs(2)
        open_run(page, server.url, run.id)
        chart(page, "metric:loss")
        run.run_epochs(1)
        wait_for_points(page, "metric:loss", "train/loss", 3)
        spread = [t for t in traces(chart(page, "metric:loss")) if t["meta"].get("part") == "max"]
        assert len(spread[0]["x"]) == 3
        assert all(top >= 0 for top in spread[0]["y"])


def test_a_silent_run_turns_lost_and_comes_back_on_the_page(page: Page, server: RunningServer) -> None:
    with training(server, heartbeat_seconds=0.5) as run:
        run.run_epochs(1)
        open_run(page, server.url, run.id)
        expect(page.locator('[data-part="state"]')).to_have_text("Lost")
        expect(page.locator(".feed-title").first).to_have_text("Lost")
        expect(page.locator('[data-part="age"]')).to_have_attribute("data-late", "")
        run.run_epochs(1)
        expect(page.locator('[data-part="state"]')).to_have_text("Running")
        expect(page.locator(".feed-title", has_text="Running")).to_be_visible()


def test_heartbeats_alone_do_not_keep_a_run_fresh(page: Page, server: RunningServer) -> None:
    with training(server, heartbeat_seconds=0.5) as run:
        run.run_epochs(2)
        open_run(page, server.url, run.id)
        expect(page.locator('[data-part="step"]')).to_have_text("10")
        age = page.locator('[data-part="age"]')
        for _ in range(8):
            run.post()
            page.wait_for_timeout(400)
        expect(page.locator('[data-part="state"]')).to_have_text("Running")
        expect(age).to_have_attribute("data-late", "")
        run.run_epochs(1)
        expect(age).not_to_have_attribute("data-late", "")


def test_a_feed_that_is_watched_for_long_lets_go_of_its_oldest_lines(page: Page, server: RunningServer) -> None:
    with training(server) as run:
        open_run(page, server.url, run.id)
        lines = page.locator(".feed-line")
        expect(lines).to_have_count(1)
        for part in range(5):
            run.post(events=[{"type": "note", "text": f"note {part}-{place}"} for place in range(100)])
        expect(lines.first).to_contain_text("note 4-99")
        expect(lines).to_have_count(400)
        page.get_by_role("button", name="Older").click()
        expect(lines).to_have_count(501)
        expect(lines.last).to_contain_text("Began")


def test_every_event_of_the_feed_is_told_in_words(page: Page, server: RunningServer) -> None:
    events = [
        {"type": "resume"},
        {"type": "best", "metric": "val/acc", "value": 0.9, "previous": None, "epoch": 1},
        {"type": "lr", "value": 1e-4, "previous": 1e-3, "group": "1"},
        {"type": "note", "text": "a note"},
        {"type": "alert", "title": "an alert", "text": "its text", "level": "critical"},
        {"type": "gradients", "modules": {"head": 5e6, "trunk": 3.0}, "verdicts": {"head": "large", "trunk": "good"}},
        {"type": "dropped", "n": 12, "reason": "spool full"},
        {"type": "summary", "values": {"best": 0.9}},
        {"type": "end", "reason": "interrupted", "actor": None, "traceback": None, "summary": {}, "verdict": "fine"},
    ]
    with training(server) as run:
        run.post(events=events)
        open_run(page, server.url, run.id)
        expect(page.locator(".feed-line:not([data-type=health])")).to_have_count(len(events))
        told = page.locator('[data-part="feed"]').inner_text()
        for words in (
            "Interrupted",
            "12 points dropped",
            "head 5.00e06 (too large)",
            "an alert",
            "was 0.00100, group 1",
        ):
            assert words in told
        assert "undefined" not in told
        assert "null" not in told


def test_several_bests_in_a_row_are_folded_and_can_be_opened(page: Page, server: RunningServer) -> None:
    with training(server) as run:
        run.run_epochs(5)
        open_run(page, server.url, run.id)
        shown = page.locator('.feed-line[data-type="best"]:visible')
        expect(shown).to_have_count(1)
        page.get_by_text("and 4 before it").click()
        expect(shown).to_have_count(5)
        run.run_epochs(1)
        expect(shown).to_have_count(1)
        expect(page.get_by_text("and 5 before it")).to_be_visible()


@pytest.mark.parametrize(
    ("metric", "value", "seen"),
    [
        ("lr", 0.001, [0.0, 0.002]), ("val/f1", 0.0, [0.0, 1.0]), ("val/f1", 0.95, [0.0, 1.0]),
        ("val/r2", 0.5, [0.0, 1.0]), ("val/wer", -3.0, [-6.0, 0.0]), ("val/wer", 0.0, [0.0, 1.0]),
    ],
)  # fmt: skip
def test_what_never_moves_is_readable_on_its_axis(
    page: Page, server: RunningServer, metric: str, value: float, seen: list[float]
) -> None:
    shown = metric if metric == "lr" else f"metric:{metric.removeprefix('val/')}"
    with training(server, tracked=None) as run:
        run.log({metric: value}, steps=5)
        open_run(page, server.url, run.id, "?x=step")
        wait_for_points(page, shown, metric, 5)
        run.log({metric: value}, steps=3)
        wait_for_points(page, shown, metric, 8)
        axis = chart(page, shown).evaluate("card => card.querySelector('.chart-plot').layout.yaxis.range")
        assert axis == pytest.approx(seen, rel=0.05)
