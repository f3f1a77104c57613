"""What a person does to a run: rename, tag, note, stop, delete."""

import re

from playwright.sync_api import Page, expect

from tests.browser.conftest import Complaints
from tests.browser.looking import open_run
from tests.browser.trainings import training
from tests.server_process import RunningServer


def test_a_run_is_renamed_where_its_name_stands(page: Page, server: RunningServer) -> None:
    with training(server, name="before") as run:
        open_run(page, server.url, run.id)
        page.locator('[data-part="name"]').click()
        page.keyboard.type("after")
        page.keyboard.press("Enter")
        expect(page.locator('[data-part="name"]')).to_have_text("after")
        page.locator('[data-part="name"]').click()
        page.keyboard.type("never")
        page.keyboard.press("Escape")
        expect(page.locator('[data-part="name"]')).to_have_text("after")
        with server.client() as client:
            assert client.get(f"/api/runs/{run.id}")["name"] == "after"


def test_tags_and_a_note_are_kept_and_shown_in_the_table(page: Page, server: RunningServer) -> None:
    with training(server, name="labelled") as run:
        open_run(page, server.url, run.id)
        page.get_by_role("button", name="More").first.click()
        page.get_by_role("menuitem", name="Tags").click()
        page.locator("dialog input").fill("best, sweep")
        page.get_by_role("button", name="Save").click()
        expect(page.locator('[data-part="tags"] .tag')).to_have_text(["best", "sweep"])
        expect(page.locator("dialog[open]")).to_have_count(0)  # the stream may bring the tags before the answer does
        page.keyboard.press("n")
        page.locator("dialog textarea").fill("Keep as the reference.")
        page.get_by_role("button", name="Save").click()
        expect(page.locator('[data-part="note"]')).to_have_text("Keep as the reference.")
        page.goto(f"{server.url}/?q={run.id}")
        expect(page.locator(".runs-under")).to_contain_text("Keep as the reference.")
        page.locator('[data-part="search"]').fill("sweep reference")
        expect(page.locator(".runs-title", has_text="labelled")).to_be_visible()


def test_stop_is_asked_with_a_reason_then_seen_then_done(page: Page, server: RunningServer) -> None:
    with training(server) as run:
        run.run_epochs(1)
        open_run(page, server.url, run.id)
        page.locator('[data-part="stop"]').click()
        page.locator("dialog input").fill("loss rises")
        page.get_by_role("button", name="Stop the run").click()
        stages = page.locator(".stopping-stage[data-done]")
        expect(stages).to_have_count(1)
        expect(page.locator('[data-part="stopping"]')).to_contain_text("loss rises")
        expect(page.locator('[data-part="stop"]')).to_be_hidden()
        command = run.post().json()["commands"][0]
        run.post(events=[{"type": "command", "id": command["id"], "stage": "seen"}])
        expect(stages).to_have_count(2)
        run.post(events=[{"type": "command", "id": command["id"], "stage": "done"}])
        run.end("stopped", actor="viewer")
        expect(stages).to_have_count(3)
        expect(page.locator('[data-part="state"]')).to_have_text("Stopped")


def test_deleting_takes_the_typed_name(page: Page, server: RunningServer) -> None:
    with training(server, name="to-be-deleted") as run:
        run.end("finished")
        page.goto(f"{server.url}/?q={run.id}")
        page.get_by_role("button", name="More for to-be-deleted").click()
        page.get_by_role("menuitem", name="Delete").click()
        button = page.locator("dialog").get_by_role("button", name="Delete")
        expect(button).to_be_disabled()
        page.locator("dialog input").fill("to-be")
        expect(button).to_be_disabled()
        page.locator("dialog input").fill("to-be-deleted")
        button.click()
        expect(page.locator('[data-part="nothing"]')).to_be_visible()
        with server.client() as client:
            assert client.ask("GET", f"/api/runs/{run.id}").status == 404


def test_a_page_whose_run_is_deleted_elsewhere_says_so(page: Page, server: RunningServer) -> None:
    with training(server, name="gone-soon") as run:
        run.end("finished")
        open_run(page, server.url, run.id)
        with server.client() as client:
            assert client.ask("DELETE", f"/api/runs/{run.id}").status == 204
        expect(page.locator(".toast")).to_have_text("gone-soon was deleted.")
        expect(page).to_have_url(f"{server.url}/")


def test_a_run_that_still_sends_is_not_deleted_and_the_dialog_says_why(
    page: Page, server: RunningServer, complaints: Complaints
) -> None:
    complaints.expected += ["409"]
    with training(server, name="still-sending") as run:
        run.run_epochs(1)
        page.goto(f"{server.url}/?q={run.id}")
        page.get_by_role("button", name="More for still-sending").click()
        page.get_by_role("menuitem", name="Delete").click()
        page.locator("dialog input").fill("still-sending")
        page.locator("dialog").get_by_role("button", name="Delete").click()
        expect(page.locator(".dialog-error")).to_have_text(re.compile("Stop it first"))


def test_several_runs_are_tagged_at_once(page: Page, server: RunningServer) -> None:
    with training(server, name="many-1"), training(server, name="many-2"):
        page.goto(f"{server.url}/?q=many-")
        expect(page.locator(".runs-title")).to_have_count(2)
        for key in ("j", "x", "j", "x"):
            page.keyboard.press(key)
        expect(page.locator('[data-part="selection-count"]')).to_have_text("2 selected")
        page.locator('[data-part="selection-tag"]').click()
        page.locator("dialog input").fill("together")
        page.get_by_role("button", name="Add").click()
        expect(page.locator(".tag", has_text="together")).to_have_count(2)


def test_a_crash_before_the_first_epoch_says_that_it_never_started(page: Page, server: RunningServer) -> None:
    with training(server, config={"lr": "5e-5", "betas": ["0.9", 0.999]}) as run:
        run.end("crashed", traceback="Traceback (most recent call last):\nTypeError: '<=' not supported")
        open_run(page, server.url, run.id)
        trouble = page.locator('[data-part="traceback"]')
        expect(trouble).to_contain_text("Never started")
        expect(trouble).to_contain_text('lr = "5e-5"')
        expect(trouble.locator("pre")).to_be_visible()
        expect(page.locator('[data-part="state"]')).to_have_text("Crashed")


def test_a_crash_appears_on_an_open_page(page: Page, server: RunningServer) -> None:
    with training(server) as run:
        run.run_epochs(2)
        open_run(page, server.url, run.id)
        run.end("crashed", traceback="Traceback (most recent call last):\nRuntimeError: out of memory")
        expect(page.locator('[data-part="traceback"]')).to_contain_text("RuntimeError: out of memory")
