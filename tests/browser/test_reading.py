"""Both themes can be read, follow the system, and colours are those of the palette that figures are drawn with."""

import itertools
import re

import pytest
from playwright.sync_api import Browser, Page, expect

from epochwatch_server.charts.palette import HUES
from tests.browser.conftest import DESK, Complaints, signed_in, watched
from tests.browser.looking import chart, contrast, line_of, module_url, open_run, wait_for_chart
from tests.browser.trainings import training
from tests.server_process import RunningServer

KEY_TEXT = (
    ".run-name", ".state", ".gauge dt", ".gauge-value", ".gauge-note", ".segment[aria-pressed='false']", ".live",
    ".section-title", ".chart-title", ".chart-latest", ".feed-title", ".feed-more", ".feed-when .age", ".rail-tab",
    ".topbar-link",
)  # fmt: skip
ROW_TEXT = (
    ".runs-title", ".state", ".runs-project", ".runs-second", ".quiet", ".state-filter", ".runs-sort", ".tag", ".age",
)  # fmt: skip
STATES = ("starting", "running", "stalled", "lost", "crashed", "stopped", "early_stopped", "finished")


@pytest.mark.parametrize("theme", ["dark", "light"])
def test_key_text_can_be_read(browser: Browser, server: RunningServer, complaints: Complaints, theme: str) -> None:
    context = browser.new_context(viewport=DESK, color_scheme=theme)  # type: ignore[arg-type]
    for _ in watched(context, complaints):
        with training(server, name=f"readable-{theme}", tags=["tag"]) as run:
            run.run_epochs(3)
            page = signed_in(context, server)
            open_run(page, server.url, run.id)
            chart(page, "metric:loss")
            poor = {text: contrast(page.locator(text).first) for text in KEY_TEXT}
            assert {text: ratio for text, ratio in poor.items() if ratio < 4.5} == {}
            page.goto(f"{server.url}/?q={run.id}")
            expect(page.locator(".runs-title")).to_be_visible()
            poor = {text: contrast(page.locator(f"main {text}").first) for text in ROW_TEXT}
            assert {text: ratio for text, ratio in poor.items() if ratio < 4.5} == {}


def test_every_state_has_a_word_a_shape_and_a_colour_that_can_be_read(page: Page) -> None:
    show = """async ([url, state, theme]) => {
        document.documentElement.dataset.theme = theme;
        const { statePill } = await import(url);
        document.querySelector("[data-tried]")?.remove(); // the page goes on living around it
        const shown = document.querySelector("main").appendChild(document.createElement("div"));
        shown.dataset.tried = "";
        shown.append(statePill(state));
    }"""
    pill = page.locator("[data-tried] > .state")
    for state, theme in itertools.product(STATES, ("dark", "light")):
        page.evaluate(show, [module_url(page, "parts/state.js"), state, theme])
        expect(pill.locator("use")).to_have_attribute("href", f"#icon-{state}")
        assert page.locator(f"#icon-{state}").count() == 1
        expect(pill).to_have_text(re.compile(r"\w+"))
        assert contrast(pill) >= 4.5, (state, theme)


def test_the_theme_is_switched_kept_and_charts_follow(page: Page, server: RunningServer) -> None:
    with training(server) as run:
        run.run_epochs(3)
        open_run(page, server.url, run.id)
        dark = line_of(chart(page, "metric:loss"), "val/loss")["colour"]
        page.locator('[data-part="theme"]').click()
        expect(page.locator("html")).to_have_attribute("data-theme", "light")
        wait_for_chart(page, "metric:loss", f"data.find((t) => t.meta?.metric === 'val/loss').line.color !== '{dark}'")
        page.reload()
        expect(page.locator("html")).to_have_attribute("data-theme", "light")


def test_the_tokens_are_the_palette_of_the_figures(page: Page) -> None:
    for theme in ("light", "dark"):
        read = page.evaluate(
            """(theme) => {
                document.documentElement.dataset.theme = theme;
                const probe = document.body.appendChild(document.createElement("span"));
                return Array.from({ length: 12 }, (_, place) => {
                    probe.style.color = `var(--series-${place})`;
                    const parts = getComputedStyle(probe).color.match(/\\d+/g).map(Number);
                    return "#" + parts.map((part) => part.toString(16).padStart(2, "0")).join("");
                });
            }""",
            theme,
        )
        assert read == [getattr(hue, theme) for hue in HUES]
