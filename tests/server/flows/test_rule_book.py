"""The rules of a project: built in, of plugins, of its own, each as set; what cannot be used takes nothing down."""

from collections.abc import Iterator
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest

from epochwatch_server.domain.alert import OwnRule, RuleSetting
from epochwatch_server.flows.plugin_rules import GROUP, load_plugin_rules
from epochwatch_server.flows.rule_book import FRESH_MS, RuleBook
from epochwatch_server.health.catalogue import RULES
from epochwatch_server.health.rule import NotChecked, Rule, Severity
from epochwatch_server.store import rule_settings
from epochwatch_server.store.database import Connection, open_database

GOOD = Rule("good", "Good", lambda window, limits: NotChecked("never"), "")
TAKEN = Rule("nonfinite", "Taken", lambda window, limits: NotChecked("never"), "")
WORD = "no rule"


@pytest.fixture
def connection(tmp_path: Path) -> Iterator[Connection]:
    database = open_database(f"sqlite:///{tmp_path}/epochwatch.db")
    with database.writer() as writing, writing.begin():
        yield writing
    database.close()


def test_a_project_has_the_built_in_rules_and_its_own(connection: Connection) -> None:
    own = OwnRule("own:mine", "p", "Mine", "val/acc", "<", 0.5, 1, "warning")
    rule_settings.put_own_rule(connection, own, 1)
    rules = RuleBook(lambda: 0, []).rules(connection, "p")
    assert [known.rule.id for known in rules] == [*(rule.id for rule in RULES), "own:mine"]
    assert [known.origin for known in rules[-2:]] == ["built-in", "own"]
    assert len(RuleBook(lambda: 0, []).rules(connection, "another")) == len(RULES)


def test_a_setting_that_a_rule_refuses_is_named_and_the_rule_runs_on_its_defaults(connection: Connection) -> None:
    for rule, thresholds in (("nonfinite", {"gradient_epochs": 10_000.0}), ("killed_early", {"no_such": 1.0})):
        rule_settings.put_rule_setting(connection, RuleSetting("p", rule, thresholds=thresholds), 1)
    rule_settings.put_rule_setting(connection, RuleSetting("p", "stalled", severity="fatal"), 1)
    rule_settings.put_rule_setting(connection, RuleSetting("p", "gone", stops=True), 1)
    chapter = RuleBook(lambda: 0, []).chapter(connection, "p")
    problems = {known.rule.id: known.problem for known in chapter.rules if known.problem}
    assert problems.keys() == {"nonfinite", "killed_early", "stalled"}
    assert "must be between" in problems["nonfinite"]
    assert chapter.settings["nonfinite"].thresholds == {}
    assert len(chapter.engine.rules) == len(RULES)


def test_settings_reach_the_engine(connection: Connection) -> None:
    setting = RuleSetting("p", "stalled", is_on=False, thresholds={"minutes": 1.0}, severity="info", stops=True)
    rule_settings.put_rule_setting(connection, setting, 1)
    chapter = RuleBook(lambda: 0, []).chapter(connection, "p")
    settings = chapter.settings["stalled"]
    assert (settings.is_on, settings.thresholds, settings.severity) == (False, {"minutes": 1.0}, Severity.INFO)
    assert chapter.stops == {"stalled"}


def test_a_change_is_read_after_a_moment_or_at_once_when_told(connection: Connection) -> None:
    now = [0]
    book = RuleBook(lambda: now[0], [])
    engine = book.engine_for(connection, "p")
    now[0] += FRESH_MS
    assert book.engine_for(connection, "p") is engine
    rule_settings.put_rule_setting(connection, RuleSetting("p", "stalled", stops=True), 1)
    assert book.stops(connection, "p") == frozenset()
    book.forget("p")
    assert book.stops(connection, "p") == {"stalled"}
    rule_settings.delete_rule_setting(connection, "p", "stalled")
    now[0] += FRESH_MS
    assert book.stops(connection, "p") == frozenset()


def test_a_plugin_that_cannot_be_loaded_is_shown_as_such_and_the_others_are_used(connection: Connection) -> None:
    names = {"a": "GOOD", "b": "TAKEN", "c": "WORD", "d": "ABSENT"}
    points = [EntryPoint(name, f"{__name__}:{value}", GROUP) for name, value in names.items()]
    plugins = load_plugin_rules(frozenset(rule.id for rule in RULES), points)
    chapter = RuleBook(lambda: 0, plugins).chapter(connection, "p")
    found = {known.rule.id: known.problem for known in chapter.rules if known.origin == "plugin"}
    assert found["good"] is None
    assert "is taken" in (found["plugin:b"] or "")
    assert "expected a Rule" in (found["plugin:c"] or "")
    assert "ABSENT" in (found["plugin:d"] or "")
    assert [rule.id for rule in chapter.engine.rules[len(RULES) :]] == ["good"]


def test_failures_are_counted_by_rule() -> None:
    book = RuleBook(lambda: 0, [])
    assert book.failures("stalled").count == 0
    book.note_failures("stalled", 2, "first")
    book.note_failures("stalled", 1, "second")
    assert (book.failures("stalled").count, book.failures("stalled").last) == (3, "second")
