"""The Settings page: notifiers made, tested, changed and deleted by hand, and what became of their deliveries."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.conftest import Complaints, signed_in
from tests.browser.looking import contrast, scrolls_sideways
from tests.receiver import Receiver
from tests.server_process import RunningServer

SECRET = "hook-s3cret-4711"


@pytest.fixture
def own_server(tmp_path: Path) -> Iterator[RunningServer]:
    """A server with no notifier, whose operator allows receivers on this machine."""
    with RunningServer(tmp_path, environment={"EPOCHWATCH_NOTIFY_PRIVATE": "1"}) as server:
        yield server


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as receiver:
        yield receiver


@pytest.fixture
def settings(own_server: RunningServer, context: BrowserContext) -> Page:
    return open_settings(context, own_server)


def open_settings(context: BrowserContext, server: RunningServer) -> Page:
    page = signed_in(context, server)
    page.goto(f"{server.url}/settings")
    expect(page.locator('[data-part="live"]')).to_have_attribute("data-live", "yes")
    return page


def add_webhook(page: Page, receiver: Receiver) -> None:
    page.get_by_role("button", name="Webhook").click()
    page.get_by_label("Address", exact=True).fill(f"{receiver.url}/{SECRET}")
    page.get_by_role("textbox", name="Name").fill("lab hook")
    page.get_by_role("button", name="Add", exact=True).click()
    expect(page.locator(".notifier-word")).to_have_text("lab hook")


def test_a_notifier_is_made_tested_changed_and_deleted(settings: Page, receiver: Receiver) -> None:
    expect(settings.get_by_text("Nobody is told yet")).to_be_visible()
    add_webhook(settings, receiver)
    settings.get_by_role("button", name="Test").click()
    expect(settings.locator(".notifier-outcome")).to_contain_text("Test: HTTP 200 OK taken")
    assert receiver.received[0].path == f"/{SECRET}"
    receiver.status, receiver.text = 403, b"wrong key " + SECRET.encode()
    settings.get_by_role("button", name="Test").click()
    expect(settings.locator(".notifier-outcome")).to_contain_text("HTTP 403 Forbidden wrong key •••")
    settings.get_by_role("button", name="Edit").click()
    settings.get_by_role("textbox", name="Name").fill("night hook")
    settings.get_by_label("Quiet hours").check()
    settings.get_by_label("From", exact=True).fill("23:30")
    settings.get_by_label("Time zone").select_option("Asia/Tokyo")
    settings.get_by_role("button", name="Save").click()
    expect(settings.locator(".notifier")).to_contain_text("Quiet 23:30–07:00 Asia/Tokyo")
    expect(settings.locator(".notifier-word")).to_have_text("night hook")
    settings.get_by_role("button", name="More for night hook").click()
    settings.get_by_role("menuitem", name="Delete").click()
    settings.get_by_role("button", name="Delete").click()
    expect(settings.get_by_text("Nobody is told yet")).to_be_visible()


def test_what_was_entered_as_a_secret_never_comes_back(
    settings: Page, receiver: Receiver, own_server: RunningServer
) -> None:
    add_webhook(settings, receiver)
    settings.get_by_role("button", name="Edit").click()
    expect(settings.locator(".settings-kept")).to_contain_text("Webhook · 127.0.0.1")
    settings.reload()
    assert SECRET not in settings.content()
    with own_server.client() as client:
        for path in ("/api/notifiers", "/api/notifications", "/settings"):
            assert SECRET.encode() not in client.ask("GET", path).body


def test_what_is_wrong_is_said_in_the_form_and_what_was_typed_stays(settings: Page, complaints: Complaints) -> None:
    complaints.expected.append("422")
    settings.get_by_role("button", name="Slack").click()
    add = settings.get_by_role("button", name="Add", exact=True)
    expect(add).to_be_disabled()
    settings.get_by_label("Webhook address").fill("https://example.com/nonsense")
    add.click()
    expect(settings.get_by_role("alert").filter(has_text="A Slack webhook reads")).to_be_visible()
    settings.get_by_label("Kind", exact=True).select_option(label="Apprise address")
    settings.get_by_label("Address", exact=True).fill("file:///etc/passwd")
    add.click()
    expect(settings.get_by_role("alert").filter(has_text="file:// was given; possible are slack://")).to_be_visible()


def test_the_page_works_by_keyboard_and_gives_the_focus_back(settings: Page, receiver: Receiver) -> None:
    add_webhook(settings, receiver)
    settings.get_by_role("button", name="Edit").focus()
    settings.keyboard.press("Enter")
    expect(settings.get_by_role("textbox", name="Name")).to_be_focused()
    settings.keyboard.press("Escape")
    expect(settings.get_by_role("button", name="Edit")).to_be_focused()


def test_the_page_fits_a_phone_and_can_be_read(
    own_server: RunningServer, phone: BrowserContext, receiver: Receiver
) -> None:
    page = open_settings(phone, own_server)
    assert not scrolls_sideways(page)
    add_webhook(page, receiver)
    assert not scrolls_sideways(page)
    for part in (".notifier-where", ".notifier-term", ".notifier-said", ".settings-about"):
        assert contrast(page.locator(part).first) >= 4.5, part
    page.get_by_role("button", name="Add notifier").click()
    dialog = page.locator("dialog[open]").bounding_box()
    assert dialog is not None
    assert dialog["width"] <= 390


def test_the_page_says_how_a_training_elsewhere_connects_and_shows_no_token(
    settings: Page, own_server: RunningServer
) -> None:
    told = settings.get_by_label("Variables to set")
    address, token = told.inner_text().splitlines()
    assert address == f"export EPOCHWATCH_SERVER={own_server.url}"
    assert str(own_server.data / "token") in token
    assert str(own_server.token) not in settings.content()
    settings.set_viewport_size({"width": 390, "height": 844})
    assert not scrolls_sideways(settings)
