"""The catalogue is complete: every rule file is listed, has its page, sound thresholds and a textbook curve."""

from pathlib import Path

import pytest
from tests.server.health.textbook import TEXTBOOK

from epochwatch_server.health import rules
from epochwatch_server.health.catalogue import RULES, rule_by_id
from epochwatch_server.health.inhibition import INHIBITS
from epochwatch_server.health.moment import Moment
from epochwatch_server.health.rule import HEADINGS, Rule

FILES = {path.stem for path in Path(rules.__file__).parent.glob("*.py")} - {"__init__"}


def test_every_file_is_listed_under_its_own_name() -> None:
    assert {rule.id for rule in RULES} == FILES
    assert len(RULES) == len(FILES)
    assert all(rule.check.__module__.endswith(f".{rule.id}") for rule in RULES)


def test_every_rule_has_a_textbook_curve() -> None:
    assert TEXTBOOK.keys() == FILES


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_a_rules_page_has_all_headings_in_order(rule: Rule) -> None:
    sections = rule.sections()
    assert tuple(sections) == HEADINGS
    assert all(len(text) > 3 for text in sections.values())
    assert rule.page.splitlines()[0].endswith(".")


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_a_rules_thresholds_are_within_their_own_bounds_and_told(rule: Rule) -> None:
    for name, threshold in rule.thresholds.items():
        assert threshold.low <= threshold.default <= threshold.high
        assert threshold.meaning, name
    assert rule.title
    assert rule.moments <= set(Moment)
    assert rule_by_id(rule.id) is rule


def test_causes_and_symptoms_are_rules() -> None:
    known = {rule.id for rule in RULES}
    assert INHIBITS.keys() <= known
    assert set().union(*INHIBITS.values()) <= known
    assert all(cause not in symptoms for cause, symptoms in INHIBITS.items())


def test_rules_do_not_look_at_names_of_runs_or_tasks() -> None:
    for file in FILES:
        source = (Path(rules.__file__).parent / f"{file}.py").read_text()
        assert "recording" not in source.lower()
        assert '"task"' not in source
        assert "health.rules" not in source, "rules are independent of each other"
