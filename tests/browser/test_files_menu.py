"""Reports are saved from the menu of a run and from the Compare page."""

from pathlib import Path

from playwright.sync_api import Page, expect

from tests.browser.looking import open_run
from tests.browser.trainings import training
from tests.server_process import RunningServer


def test_the_menu_of_a_run_saves_its_report_as_a_page_and_as_markdown(page: Page, server: RunningServer) -> None:
    with training(server, name="kept run") as run:
        run.run_epochs(2)
        open_run(page, server.url, run.id)
        for word, name, beginning in (
            ("Report", "kept run-report.html", "<!doctype html>"),
            ("Report in Markdown", "kept run-report.md", "# kept run\n"),
        ):
            page.get_by_role("button", name="More").first.click()
            with page.expect_download() as saved:
                page.get_by_role("menuitem", name=word, exact=True).click()
            assert saved.value.suggested_filename == name
            assert Path(saved.value.path()).read_text().startswith(beginning)
            expect(page).to_have_url(f"{server.url}/runs/{run.id}")


def test_the_compare_page_saves_the_report_of_its_runs(page: Page, server: RunningServer) -> None:
    with training(server, name="one side") as one, training(server, name="other side") as other:
        for run in (one, other):
            run.run_epochs(2)
        page.goto(f"{server.url}/compare?runs={one.id},{other.id}&baseline={one.id}")
        page.get_by_role("button", name="Report").click()
        with page.expect_download() as saved:
            page.get_by_role("menuitem", name="Report", exact=True).click()
        assert saved.value.suggested_filename == "comparison.html"
        text = Path(saved.value.path()).read_text()
        assert "one side" in text
        assert "other side" in text
        assert "Differences to one side." in text  # as the page has it


def test_the_menu_of_a_run_exports_it_for_other_programs(page: Page, server: RunningServer) -> None:
    with training(server, name="exported") as run:
        run.run_epochs(2)
        open_run(page, server.url, run.id)
        for word, ending, beginning in (
            ("Export as JSONL", "jsonl", '{"type": "run", "version": 1'),
            ("Export as CSV", "csv", "metric,step,epoch,time_ms,value"),
        ):
            page.get_by_role("button", name="More").first.click()
            with page.expect_download() as saved:
                page.get_by_role("menuitem", name=word, exact=True).click()
            assert saved.value.suggested_filename == f"{run.id}.{ending}"
            assert Path(saved.value.path()).read_text().startswith(beginning)


def test_a_project_is_exported_whole_from_its_page(page: Page, server: RunningServer) -> None:
    with training(server, name="whole", project="all of it") as run:
        run.run_epochs(2)
        page.goto(f"{server.url}/compare?project=all+of+it")
        with page.expect_download() as saved:
            page.get_by_role("button", name="Export").click()
        assert saved.value.suggested_filename.endswith(".zip")
        assert Path(saved.value.path()).read_bytes().startswith(b"PK")
