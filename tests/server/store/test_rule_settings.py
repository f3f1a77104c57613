"""What a project settles about rules."""

from dataclasses import replace
from typing import Any

from tests.server.store.conftest import Store
from tests.server.store.making import NOW_MS, adding_run

from epochwatch_server.domain.alert import Mute, OwnRule, RuleSetting
from epochwatch_server.store import rule_settings, runs

OWN = OwnRule("own:low", "digits", "Low accuracy", "val/acc", "<", 0.5, 3, "warning")


def settings(store: Store, project: str = "digits") -> dict[str, RuleSetting]:
    return store.read(lambda c: rule_settings.rule_settings(c, project))


def test_a_rule_is_as_it_is_by_itself_until_a_project_wants_it_otherwise(store: Store) -> None:
    wanted = RuleSetting("digits", "plateau", is_on=False, thresholds={"epochs": 20.0}, severity="info", stops=True)
    assert settings(store) == {}
    store.write(lambda c: rule_settings.put_rule_setting(c, wanted, NOW_MS))
    assert settings(store) == {"plateau": wanted}
    assert settings(store, "words") == {}
    changed = RuleSetting("digits", "plateau")
    store.write(lambda c: rule_settings.put_rule_setting(c, changed, NOW_MS))
    assert settings(store) == {"plateau": changed}
    assert store.write(lambda c: rule_settings.delete_rule_setting(c, "digits", "plateau"))
    assert not store.write(lambda c: rule_settings.delete_rule_setting(c, "digits", "plateau"))
    assert settings(store) == {}


def test_projects_may_give_rules_of_their_own_the_same_name(store: Store) -> None:
    other = replace(OWN, project="words", value=0.9)
    later = replace(OWN, id="own:also", is_on=False)
    store.write(lambda c: rule_settings.put_own_rule(c, OWN, NOW_MS))
    store.write(lambda c: rule_settings.put_own_rule(c, other, NOW_MS + 1))
    store.write(lambda c: rule_settings.put_own_rule(c, later, NOW_MS + 2))
    assert store.read(lambda c: rule_settings.own_rules(c, "digits")) == [OWN, later]
    changed = replace(OWN, comparison=">=", epochs=1)
    store.write(lambda c: rule_settings.put_own_rule(c, changed, NOW_MS))
    assert store.read(lambda c: rule_settings.own_rules(c, "digits")) == [changed, later]
    assert store.write(lambda c: rule_settings.delete_own_rule(c, "digits", "own:low"))
    assert not store.write(lambda c: rule_settings.delete_own_rule(c, "digits", "own:low"))
    assert store.read(lambda c: rule_settings.own_rules(c, "words")) == [other]


def test_muting_twice_is_muting_once(store: Store) -> None:
    store.write(adding_run(project="digits"))

    def mute(**told: Any) -> Mute:
        return store.write(lambda c: rule_settings.add_mute(c, "digits", "plateau", **told, actor="me", now_ms=NOW_MS))

    of_run, of_project, on_subject = mute(run_id="run1"), mute(), mute(run_id="run1", subject="val/acc")
    assert mute(run_id="run1") == of_run
    assert mute() == of_project
    assert store.read(lambda c: rule_settings.mutes(c, "digits")) == [of_run, of_project, on_subject]
    assert of_run == Mute(of_run.id, "digits", "run1", "plateau", None, NOW_MS, "me")
    assert store.write(lambda c: rule_settings.delete_mute(c, of_project.id))
    assert not store.write(lambda c: rule_settings.delete_mute(c, of_project.id))
    store.write(lambda c: runs.delete_run(c, "run1"))
    assert store.read(lambda c: rule_settings.mutes(c, "digits")) == []


def test_a_role_put_right_holds_until_it_is_taken_back(store: Store) -> None:
    def corrections() -> dict[str, str]:
        return store.read(lambda c: rule_settings.role_corrections(c, "digits"))

    store.write(lambda c: rule_settings.put_role_correction(c, "digits", "val/score", "error"))
    store.write(lambda c: rule_settings.put_role_correction(c, "digits", "val/score", "r2"))
    store.write(lambda c: rule_settings.put_role_correction(c, "words", "val/score", "f1"))
    assert corrections() == {"val/score": "r2"}
    store.write(lambda c: rule_settings.put_role_correction(c, "digits", "val/score", None))
    assert corrections() == {}
