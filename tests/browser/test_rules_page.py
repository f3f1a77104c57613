"""The Rules page: every rule's page, what a project sets, trials on past runs, own rules and plugins, mutes."""

import re
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect

from epochwatch_server.health.catalogue import RULES
from epochwatch_server.web.pages.rules import KINDS
from tests.browser.conftest import DESK, Complaints, signed_in, watched
from tests.browser.looking import contrast, module_url, scrolls_sideways
from tests.browser.own_server import own_server
from tests.browser.recorded import HEALTHY, NAN_IN_DATA, OVERFITS, recorded_run
from tests.health_house import house_of
from tests.server_process import RunningServer

SCRIPT = "<script>document.title = 'hurt'</script><img src=x onerror=alert(1)>"
KEY_TEXT = (
    ".rules-kind-title", ".rules-row-title", ".rules-mark", ".rule-title", ".rule-about", ".rule-heading",
    ".rule-section p", ".switch-word", ".switch-hint", ".threshold-word", ".threshold-name", ".threshold .hint",
    ".severity",
)  # fmt: skip


@pytest.fixture(scope="module")
def project(server: RunningServer) -> str:
    """A project with a sick run, one that overfits and a healthy one."""
    for recording, name in ((NAN_IN_DATA, "nan"), (OVERFITS, "overfits"), (HEALTHY, "healthy")):
        recorded_run(server, recording, project="ruled", name=name)
    return "ruled"


def open_rules(page: Page, server: RunningServer, project: str, rule: str = "") -> None:
    page.goto("about:blank")  # another hash alone is no other page
    page.goto(f"{server.url}/rules?project={project}" + (f"#{rule}" if rule else ""))
    expect(page.locator(".rules-row").first).to_be_visible()


def row(page: Page, rule: str) -> Locator:
    return page.locator(f'[data-part="catalogue"] [data-rule="{rule}"]')


def rule_of(server: RunningServer, project: str, rule: str) -> dict[str, Any]:
    with server.client() as client:
        rules: list[dict[str, Any]] = client.get(f"/api/rules?project={project}")["rules"]
    return next(one for one in rules if one["id"] == rule)


def save(page: Page) -> None:
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.locator(".toast").last).to_contain_text("Saved")


def test_every_rule_has_one_kind_of_trouble() -> None:
    listed = [rule for _, rules in KINDS for rule in rules]
    assert sorted(listed) == sorted(rule.id for rule in RULES)


def test_the_catalogue_is_grouped_and_searched(page: Page, server: RunningServer, project: str) -> None:
    open_rules(page, server, project)
    rows = page.locator('[data-part="catalogue"] .rules-row')
    assert rows.count() >= len(RULES)
    gradients = page.locator(".rules-kind", has=page.get_by_role("heading", name="Gradients and weights"))
    expect(gradients.locator(".rules-row-title").first).to_have_text("Exploding gradients")
    page.keyboard.press("/")
    page.keyboard.type("variance ratio")
    expect(row(page, "variance_collapse")).to_be_visible()
    expect(page).to_have_url(re.compile(r"q=variance\+ratio"))
    assert rows.count() < 10
    page.keyboard.press("Escape")
    expect(row(page, "nonfinite")).to_be_visible()
    page.keyboard.press("Escape")
    page.keyboard.press("j")
    page.keyboard.press("j")
    expect(page.locator(".rule-title")).to_have_text("Fails to start again and again")


def test_a_link_leads_to_a_rule_and_its_whole_page(page: Page, server: RunningServer, project: str) -> None:
    open_rules(page, server, project, "loss_scale_imbalance")
    expect(page.locator(".rule-title")).to_have_text("One term rules the loss")
    expect(page.locator(".rule-heading")).to_have_text(
        ["What it sees", "Why it matters", "How it decides", "What to do", "Source"]
    )
    expect(page.locator(".severity").first).to_have_text("Critical")
    expect(page.locator(".rule-about")).to_contain_text("asked at each epoch")
    expect(row(page, "loss_scale_imbalance")).to_have_attribute("aria-current", "true")
    assert page.title() == "One term rules the loss · Epochwatch"
    page.get_by_role("link", name="its alerts").click()
    expect(page.get_by_label("Rule", exact=True)).to_have_value("loss_scale_imbalance")


def test_a_threshold_has_bounds_is_saved_and_reset(page: Page, server: RunningServer, project: str) -> None:
    open_rules(page, server, project, "overfitting")
    field = page.get_by_label(re.compile("validation loss above its best"))
    expect(field).to_have_value("0.1")
    field.fill("500")
    expect(page.locator(".threshold-problem").first).to_have_text("Give a number from 0.01 to 10")
    expect(page.get_by_role("button", name="Save", exact=True)).to_be_disabled()
    field.fill("0.25")
    expect(row(page, "overfitting").locator(".rules-mark")).to_have_text("not saved")
    assert rule_of(server, project, "overfitting")["thresholds"][0]["value"] == 0.1
    save(page)
    expect(row(page, "overfitting").locator(".rules-mark")).to_have_text("changed")
    assert rule_of(server, project, "overfitting")["thresholds"][0]["value"] == 0.25
    page.get_by_role("button", name="Reset rise").click()
    expect(field).to_have_value("0.1")
    save(page)
    expect(row(page, "overfitting").locator(".rules-mark")).to_have_count(0)
    assert not rule_of(server, project, "overfitting")["thresholds"][0]["is_changed"]


def test_a_rule_is_switched_off_made_critical_and_allowed_to_stop(
    page: Page, server: RunningServer, project: str
) -> None:
    open_rules(page, server, project, "past_best")
    page.get_by_label(re.compile("^Severity")).select_option("critical")
    stop = page.get_by_role("switch", name=re.compile("Stop the run when it is critical"))
    expect(page.locator(".switch-field", has=stop)).to_contain_text("without asking you")
    stop.check()
    save(page)
    told = rule_of(server, project, "past_best")
    assert (told["chosen_severity"], told["stops"], told["is_on"]) == ("critical", True, True)
    expect(page.locator(".rule-head .severity")).to_have_text("Critical")
    page.get_by_role("switch", name=re.compile("^On")).uncheck()
    save(page)
    expect(row(page, "past_best").locator(".rules-mark")).to_have_text(["stops", "off"])
    open_rules(page, server, project)
    page.locator(".rules-card", has_text="Changed here").get_by_text("Past its best").click()
    page.get_by_role("button", name="Reset to defaults").click()
    expect(row(page, "past_best").locator(".rules-mark")).to_have_count(0)
    assert rule_of(server, project, "past_best")["chosen_severity"] is None


def test_a_change_is_tried_on_past_runs_before_it_is_saved(page: Page, server: RunningServer, project: str) -> None:
    open_rules(page, server, project, "overfitting")
    page.get_by_label(re.compile("validation loss above its best")).fill("10")
    page.get_by_role("button", name="Try on past runs").click()
    trial = page.locator(".trial")
    expect(trial.locator(".trial-title")).to_have_text("1 run no longer")
    expect(trial).to_contain_text("Tried on all 3 runs; nothing is saved yet")
    overfits = trial.locator("tr", has_text="overfits")
    expect(overfits.locator("td").first).to_contain_text(re.compile(r"epoch \d+"))
    expect(overfits.locator("td").last).to_contain_text("silent")
    assert "/runs/" in (overfits.get_by_role("link").get_attribute("href") or "")
    assert not rule_of(server, project, "overfitting")["thresholds"][0]["is_changed"]
    page.get_by_label(re.compile("validation loss above its best")).fill("0.2")
    expect(trial).to_have_attribute("data-age", "old")


def test_an_own_rule_is_made_tried_edited_and_deleted(page: Page, server: RunningServer) -> None:
    recorded_run(server, OVERFITS, project="owners", name="overfits")
    open_rules(page, server, "owners")
    page.get_by_role("link", name="New own rule").click()
    page.get_by_label("Title").fill("Validation loss is high")
    page.get_by_label("Metric").fill("val/loss")
    expect(page.locator('#own-metrics option[value="val/loss"]')).to_have_count(1)
    page.get_by_label("Comparison").select_option(">")
    expect(page.get_by_role("button", name="Keep this rule")).to_be_disabled()
    page.get_by_label("Value").fill("0.9")
    page.get_by_label("Epochs in a row").fill("3")
    expect(page.locator(".own-sentence")).to_have_text("Warning when val/loss is above 0.9 at 3 epochs in a row.")
    page.get_by_role("button", name="Try on past runs").click()
    expect(page.locator(".trial-title")).to_have_text("1 more run would be named")
    page.get_by_role("button", name="Keep this rule").click()
    expect(page).to_have_url(re.compile(r"#own%3Avalidation-loss-is-high$"))
    expect(row(page, "own:validation-loss-is-high").locator(".rules-mark")).to_have_text("own")
    page.get_by_label("Severity").select_option("critical")
    page.locator(".own-form").get_by_role("button", name="Save").click()
    expect(page.locator(".rule-head .severity")).to_have_text("Critical")
    run = recorded_run(server, OVERFITS, project="owners")
    said = {(each.kind, each.rule, each.severity) for each in house_of(server).transitions(run)}
    assert ("firing", "own:validation-loss-is-high", "critical") in said
    page.get_by_role("button", name="Delete").click()
    expect(row(page, "own:validation-loss-is-high")).to_have_count(0)
    page.get_by_role("button", name="Undo").click()
    expect(row(page, "own:validation-loss-is-high")).to_be_visible()


def test_a_title_becomes_a_short_name_of_its_own(page: Page) -> None:
    script = "async ([url, title, taken]) => (await import(url)).slugOf(title, new Set(taken))"
    url = module_url(page, "parts/rules/slug.js")
    taken = ["own:f1-is-0", "own:f1-is-0-2"]
    made = {title: page.evaluate(script, [url, title, taken]) for title in ("F1 is 0!", "Übung", "学习", "a" * 90)}
    assert made == {"F1 is 0!": "f1-is-0-3", "Übung": "ubung", "学习": "rule", "a" * 90: "a" * 60}


def test_hostile_text_in_a_rule_stays_text(page: Page, server: RunningServer, project: str) -> None:
    with server.client() as client:
        own = {"project": project, "title": SCRIPT, "metric": "val/<b>loss", "comparison": "<", "value": 0, "epochs": 1}
        answer = client.send("PUT", "/api/own-rules/hostile", {**own, "severity": "info", "is_on": True})
        assert answer.status == 200, answer
    open_rules(page, server, project, "own:hostile")
    expect(page.locator(".rule-title")).to_have_text(SCRIPT)
    expect(page.locator(".rule-section", has_text="How it decides")).to_contain_text("val/<b>loss")
    assert page.locator("main img, main script").count() == 0


def test_what_is_muted_is_listed_and_speaks_again(page: Page, server: RunningServer) -> None:
    run = recorded_run(server, OVERFITS, project="hushed", name="the muted one")
    with server.client() as client:
        alert = next(a for a in client.get(f"/api/alerts?run={run}")["alerts"] if a["rule"] == "overfitting")
        assert client.send("POST", f"/api/alerts/{alert['id']}/mute", {"scope": "run"}).status == 200
    open_rules(page, server, "hushed")
    mute = page.locator(".mute")
    expect(mute).to_contain_text("Overfitting")
    expect(mute.get_by_role("link", name="the muted one")).to_have_attribute("href", f"/runs/{run}")
    mute.get_by_role("button", name="Unmute").click()
    expect(page.get_by_text("Nothing is muted")).to_be_visible()
    with server.client() as client:
        assert client.get("/api/mutes?project=hushed")["mutes"] == []


PLUGIN = '''
"""A rule from elsewhere.

What it sees
    Nothing.

Why it matters
    It does not.

How it decides
    It breaks.

What to do
    - Mend it.
    - Or leave `it` out.

Source
    A test.
"""

from epochwatch_server.health.rule import Rule


def check(window, limits):
    raise RuntimeError("no such thing")


RULE = Rule(id="from_elsewhere", title="From elsewhere", check=check, page=__doc__)
'''


def test_a_plugin_rule_is_marked_and_says_that_it_failed(
    context: BrowserContext, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    installed = tmp_path / "installed"
    described = installed / "elsewhere_rules-1.0.dist-info"
    described.mkdir(parents=True)
    (installed / "elsewhere_rules.py").write_text(PLUGIN)
    (described / "METADATA").write_text("Metadata-Version: 2.1\nName: elsewhere-rules\nVersion: 1.0\n")
    (described / "entry_points.txt").write_text("[epochwatch.rules]\nfrom_elsewhere = elsewhere_rules:RULE\n")
    monkeypatch.syspath_prepend(installed)
    with own_server(context, tmp_path / "data") as (server, page):
        recorded_run(server, HEALTHY, project="plugged")
        open_rules(page, server, "plugged", "plugin:from_elsewhere")
        marks = page.locator('[data-part="catalogue"] .rules-row', has_text="From elsewhere").locator(".rules-mark")
        expect(marks).to_have_text(["plugin", "failed"])
        page.locator('[data-part="catalogue"] .rules-row', has_text="From elsewhere").click()
        expect(page.locator(".rule-failure")).to_contain_text(re.compile(r"failed \d+ times"))
        expect(page.locator(".rule-failure")).to_contain_text("no such thing")
        expect(page.locator(".prose-list li")).to_have_text(["Mend it.", "Or leave it out."])
        expect(page.locator(".prose-list code")).to_have_text("it")


def test_without_a_run_the_catalogue_can_be_read_but_not_set(context: BrowserContext, tmp_path: Path) -> None:
    with own_server(context, tmp_path) as (server, page):
        page.goto(f"{server.url}/rules#nonfinite")
        expect(page.locator(".rule-title")).to_have_text("Not a number")
        expect(page.locator(".rule-settings")).to_contain_text("They can be set here once a run has reported")
        expect(page.get_by_role("button", name="Save")).to_have_count(0)


def test_on_a_phone_one_thing_is_shown_at_a_time(phone: BrowserContext, server: RunningServer, project: str) -> None:
    page = signed_in(phone, server)
    open_rules(page, server, project)
    page.locator('[data-part="search"]').fill("nan")
    row(page, "nonfinite").tap()
    expect(page.locator(".rule-title")).to_have_text("Not a number")
    expect(page.locator('[data-part="catalogue"]')).to_be_hidden()
    assert not scrolls_sideways(page)
    page.get_by_role("link", name="All rules").tap()
    expect(row(page, "nonfinite")).to_be_visible()
    assert not scrolls_sideways(page)


@pytest.mark.parametrize("theme", ["dark", "light"])
def test_rules_can_be_read(
    browser: Browser, server: RunningServer, project: str, complaints: Complaints, theme: str
) -> None:
    context = browser.new_context(viewport=DESK, color_scheme=theme)  # type: ignore[arg-type]
    for _ in watched(context, complaints):
        page = signed_in(context, server)
        open_rules(page, server, project, "overfitting")
        page.get_by_label(re.compile("validation loss above its best")).fill("0.3")
        poor = {text: contrast(page.locator(text).first) for text in KEY_TEXT}
        assert {text: ratio for text, ratio in poor.items() if ratio < 4.5} == {}
