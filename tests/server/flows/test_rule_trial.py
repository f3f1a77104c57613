"""Trying a changed rule on past runs: the same words as live, within a time."""

import pytest
from tests.server.web.trainings import train
from tests.server_process import ROOT, Client, RunningServer

from epochwatch_server.flows.rule_trial import RuleSet, Trials, of_interest
from epochwatch_server.health.catalogue import RULES, rule_by_id
from epochwatch_server.health.engine import Engine, RuleSettings
from epochwatch_server.health.replay import replay
from epochwatch_server.importers.recording import read_recordings

ALL = RuleSet(RULES, {})
SICK = [1.0, 0.9, float("nan"), float("nan")]


class Clock:
    """Seconds that pass with each look."""

    def __init__(self, step: float) -> None:
        self.now, self.step, self.looks = 0.0, step, 0

    def __call__(self) -> float:
        self.looks += 1
        self.now += self.step
        return self.now


@pytest.fixture(scope="module")
def two_runs(server: RunningServer) -> RunningServer:
    with server.client() as client:
        for name in ("first", "second"):
            train(client, name, {"train/loss": SICK}, project="timed")
    return server


def test_the_newest_runs_come_first_and_the_rest_only_when_time_is_left(two_runs: RunningServer) -> None:
    database = two_runs.app.state.services.database
    patient, hurried = Clock(0.0), Clock(0.0)
    whole = Trials(database, patient).run("timed", "nonfinite", ALL, ALL)
    assert ([run.run_id for run in whole.runs], whole.of) == (["second", "first"], 2)
    assert all(run.now == run.then for run in whole.runs)
    assert [said.kind for said in whole.runs[0].now] == ["firing"]
    hurried.step = 15.0 / (0.75 * patient.looks)  # time ends within the second of the two runs
    part = Trials(database, hurried).run("timed", "nonfinite", ALL, ALL)
    assert (part.runs, part.of) == (whole.runs[:1], 2)


def test_a_rule_that_is_off_says_nothing(two_runs: RunningServer) -> None:
    database = two_runs.app.state.services.database
    off = RuleSet(RULES, {"nonfinite": RuleSettings(is_on=False)})
    trial = Trials(database).run("timed", "nonfinite", ALL, off, limit=1)
    (run,) = trial.runs
    assert run.now
    assert run.then == ()


def test_a_run_that_was_deleted_meanwhile_is_left_out(server: RunningServer, client: Client) -> None:
    train(client, "gone", {"train/loss": SICK}, project="deleted")
    trials = Trials(server.app.state.services.database)
    assert client.ask("DELETE", "/api/runs/gone").status == 204
    assert trials._recording("gone") is None
    assert trials.run("deleted", "nonfinite", ALL, ALL).of == 0


def test_a_rule_among_its_causes_says_what_it_says_among_all() -> None:
    """On recorded trainings, every rule that spoke among all fifty."""
    recorded = sorted((ROOT / "tests" / "corpus" / "dev").glob("*.jsonl*"))[::40]
    assert recorded
    spoke = 0
    for path in recorded:
        (recording,) = read_recordings(path)
        among_all = [heard.transition for heard in replay(recording, Engine(RULES)).heard]
        for rule in {change.alert.rule for change in among_all}:
            chosen = Engine(of_interest(ALL, rule).rules)
            heard = [each.transition for each in replay(recording, chosen).heard]
            assert [each for each in heard if each.alert.rule == rule] == [
                each for each in among_all if each.alert.rule == rule
            ], (path.name, rule)
            spoke += 1
    assert spoke > 3


def test_the_causes_of_causes_are_asked_too() -> None:
    chosen = {rule.id for rule in of_interest(ALL, "plateau").rules}
    assert {"plateau", "lr_too_high", "lr_spike", "poor_init", "nonfinite"} <= chosen
    assert "test_eval_missing" not in chosen
    assert [rule.id for rule in of_interest(ALL, "nonfinite").rules] == ["nonfinite"]
    assert rule_by_id("nonfinite") in of_interest(ALL, "overfitting").rules
