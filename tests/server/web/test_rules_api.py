"""The rules of a project over a real server: listed, set within bounds, tried on past runs, made by a user."""

from typing import Any

import pytest
from tests.server.web.trainings import train
from tests.server_process import Client, RunningServer

from epochwatch_server.health.catalogue import RULES, rule_by_id
from epochwatch_server.health.rule import HEADINGS

OWN = {
    "project": "own",
    "title": "Accuracy is low",
    "metric": "val/acc*",
    "comparison": "<",
    "value": 0.5,
    "epochs": 3,
    "severity": "warning",
}


def rules_of(client: Client, project: str) -> dict[str, Any]:
    listed = client.get(f"/api/rules?project={project}")
    assert listed["project"] == project
    return {rule["id"]: rule for rule in listed["rules"]}


def test_every_rule_is_listed_with_its_page_and_its_thresholds(client: Client) -> None:
    listed = client.get("/api/rules")["rules"]
    assert [rule["id"] for rule in listed] == [rule.id for rule in RULES]
    for rule in listed:
        assert list(rule["sections"]) == list(HEADINGS), rule["id"]
        assert all(rule["sections"].values()), rule["id"]
        assert (rule["is_on"], rule["stops"], rule["chosen_severity"], rule["origin"]) == (
            True,
            False,
            None,
            "built-in",
        )
        assert not any(threshold["is_changed"] for threshold in rule["thresholds"])
        assert (rule["failures"], rule["problem"], rule["own"]) == (0, None, None)


def test_a_rule_is_set_bit_by_bit_for_one_project_and_reset(client: Client) -> None:
    threshold, named = next(iter(rule_by_id("overfitting").thresholds.items()))
    value = named.low
    assert value != named.default
    for given in (
        {"is_on": False},
        {"thresholds": {threshold: value}},
        {"severity": "critical"},
        {"stops": True},
    ):
        assert client.send("PUT", "/api/rules/overfitting", {"project": "set", **given}).status == 200
    rule = rules_of(client, "set")["overfitting"]
    assert (rule["is_on"], rule["chosen_severity"], rule["stops"]) == (False, "critical", True)
    changed = {each["name"]: each["value"] for each in rule["thresholds"] if each["is_changed"]}
    assert changed == {threshold: value}
    other = rules_of(client, "other")["overfitting"]
    assert (other["is_on"], other["stops"]) == (True, False)
    back = {"project": "set", "thresholds": {threshold: None}, "severity": None}
    rule = client.send("PUT", "/api/rules/overfitting", back).json()
    assert rule["chosen_severity"] is None
    assert not any(each["is_changed"] for each in rule["thresholds"])
    assert (rule["is_on"], rule["stops"]) == (False, True)
    reset = client.ask("DELETE", "/api/rules/overfitting?project=set").json()
    assert (reset["is_on"], reset["stops"]) == (True, False)
    assert reset == rules_of(client, "set")["overfitting"]


def test_every_threshold_takes_its_bounds_and_nothing_beyond(client: Client) -> None:
    for rule in RULES:
        for name, threshold in rule.thresholds.items():
            beyond = (threshold.low - 1e-3 - abs(threshold.low), threshold.high + 1 + abs(threshold.high))
            for value in (threshold.low, threshold.high):
                given = {"project": "bounds", "thresholds": {name: value}}
                assert client.send("PUT", f"/api/rules/{rule.id}", given).status == 200, (rule.id, name, value)
            for value in beyond:
                given = {"project": "bounds", "thresholds": {name: value}}
                refused = client.send("PUT", f"/api/rules/{rule.id}", given)
                assert refused.status == 422
                detail = refused.json()["detail"]
                for part in (f"{value:g}", f"{threshold.low:g} to {threshold.high:g}", name, rule.id):
                    assert part in detail, detail
            kept = {each["name"]: each["value"] for each in rules_of(client, "bounds")[rule.id]["thresholds"]}
            assert kept[name] == threshold.high  # what was refused changed nothing
            client.ask("DELETE", f"/api/rules/{rule.id}?project=bounds")


@pytest.mark.parametrize(
    "given",
    [
        {"thresholds": {"nonsense": 1}},
        {"thresholds": {"rise": "2"}},
        {"thresholds": {"rise": True}},
        {"thresholds": [1]},
        {"thresholds": {str(number): None for number in range(100)}},
        {"severity": "fatal"},
        {"is_on": 1},
        {"stops": "yes"},
        {"unknown": 1},
        {"project": ""},
        {"project": "x" * 300},
        {"project": None},
    ],
)
def test_a_setting_that_means_nothing_is_refused(client: Client, given: dict[str, object]) -> None:
    for method, path in (("PUT", "/api/rules/overfitting"), ("POST", "/api/rules/overfitting/try")):
        answer = client.send(method, path, {"project": "refused", **given})
        assert (answer.status, answer.json()["error"]) == (422, "invalid_input"), answer.body
    assert rules_of(client, "refused")["overfitting"]["is_on"] is True


def test_a_number_that_is_none_is_refused(client: Client) -> None:
    name = next(iter(rule_by_id("overfitting").thresholds))
    for number in ("NaN", "Infinity", "-Infinity", "1e999", "1" + "0" * 400):
        body = f'{{"project": "numbers", "thresholds": {{"{name}": {number}}}}}'.encode()
        answer = client.ask("PUT", "/api/rules/overfitting", body, {"Content-Type": "application/json"})
        assert answer.status == 422, (number, answer.body)


def test_a_rule_that_is_not_there_is_not_found(client: Client) -> None:
    assert client.send("PUT", "/api/rules/nonsense", {"project": "p"}).status == 404
    assert client.send("POST", "/api/rules/nonsense/try", {"project": "p"}).status == 404
    assert client.ask("DELETE", "/api/rules/nonsense?project=p").status == 404
    assert client.ask("DELETE", "/api/own-rules/nonsense?project=p").status == 404
    assert client.ask("DELETE", "/api/rules/overfitting").status == 422


def test_an_own_rule_is_kept_changed_switched_and_forgotten(client: Client) -> None:
    made = client.send("PUT", "/api/own-rules/low-accuracy", OWN)
    assert made.status == 200, made.body
    rule = made.json()
    assert (rule["id"], rule["origin"], rule["severity"], rule["is_on"]) == ("own:low-accuracy", "own", "warning", True)
    assert rule["own"] == {
        "slug": "low-accuracy", "title": "Accuracy is low", "metric": "val/acc*", "comparison": "<", "value": 0.5,
        "epochs": 3, "severity": "warning", "is_on": True,
    }  # fmt: skip
    changed = client.send("PUT", "/api/own-rules/low-accuracy", {**OWN, "epochs": 10_000, "title": " Far too low "})
    assert (changed.json()["own"]["epochs"], changed.json()["title"]) == (10_000, "Far too low")
    for is_on in (False, True):
        switched = client.send("PUT", "/api/rules/own:low-accuracy", {"project": "own", "is_on": is_on}).json()
        assert (switched["is_on"], switched["own"]["is_on"], switched["own"]["epochs"]) == (is_on, is_on, 10_000)
    assert client.send("PUT", "/api/rules/own:low-accuracy", {"project": "own", "stops": True}).json()["stops"] is True
    assert "own:low-accuracy" not in rules_of(client, "other")
    assert client.send("PUT", "/api/own-rules/low-accuracy", {**OWN, "project": "other"}).status == 200
    assert client.ask("DELETE", "/api/own-rules/low-accuracy?project=own").status == 204
    assert "own:low-accuracy" not in rules_of(client, "own")
    assert "own:low-accuracy" in rules_of(client, "other")
    again = client.send("PUT", "/api/own-rules/low-accuracy", OWN).json()
    assert again["stops"] is False  # how the one before was set went with it


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        ({"title": "  "}, "1 to 120"),
        ({"title": "x" * 121}, "1 to 120"),
        ({"metric": ""}, "Metric"),
        ({"metric": "*"}, "Metric"),
        ({"metric": "val/*acc"}, "Metric"),
        ({"metric": "val/**"}, "Metric"),
        ({"metric": "x" * 257}, "256"),
        ({"comparison": "=~"}, "comparison"),
        ({"value": "0.5"}, "value"),
        ({"value": None}, "value"),
        ({"epochs": 0}, "epochs"),
        ({"epochs": 10_001}, "10000"),
        ({"epochs": 1.5}, "epochs"),
        ({"severity": "fatal"}, "severity"),
        ({"project": ""}, "project"),
        ({"more": 1}, "more"),
    ],
)
def test_an_own_rule_that_cannot_be_is_refused(client: Client, wrong: dict[str, object], named: str) -> None:
    for method, path in (("PUT", "/api/own-rules/wrong"), ("POST", "/api/own-rules/wrong/try")):
        answer = client.send(method, path, {**OWN, **wrong})
        assert answer.status == 422, answer.body
        assert named in answer.json()["detail"]
    assert "own:wrong" not in rules_of(client, "own")


def test_an_own_rule_is_named_as_an_address_can_be(client: Client) -> None:
    for slug in ("a", "0", "a-b", "x" * 64):
        assert client.send("PUT", f"/api/own-rules/{slug}", {**OWN, "project": "named"}).status == 200, slug
    for slug in ("A", "-a", "a-", "a_b", "a%20b", "x" * 65, "%C3%A4", "a%0a", "own:a"):
        assert client.send("PUT", f"/api/own-rules/{slug}", {**OWN, "project": "named"}).status == 422, slug


def test_a_project_has_only_so_many_rules_of_its_own(
    server: RunningServer, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("epochwatch_server.flows.rules.MAX_OWN_RULES", 2)
    for slug, status in (("one", 200), ("two", 200), ("three", 422), ("one", 200)):
        assert client.send("PUT", f"/api/own-rules/{slug}", {**OWN, "project": "many"}).status == status


def test_a_change_is_tried_on_past_runs_before_it_is_saved(client: Client) -> None:
    rising = [1.0 - 0.08 * epoch for epoch in range(10)] + [0.2 + 0.1 * epoch for epoch in range(20)]
    falling = [1.0 / (1 + epoch) for epoch in range(30)]
    train(client, "sick", {"train/loss": falling, "val/loss": rising}, project="trial")
    train(client, "fine", {"train/loss": falling, "val/loss": [value * 1.1 for value in falling]}, project="trial")
    train(client, "elsewhere", {"train/loss": falling, "val/loss": rising}, project="another")

    def tried(**given: object) -> tuple[dict[str, Any], dict[str, Any]]:
        answer = client.send("POST", "/api/rules/overfitting/try", {"project": "trial", **given})
        assert answer.status == 200, answer.body
        trial = answer.json()
        return trial, {run["run"]: run for run in trial["runs"]}

    trial, runs = tried()
    assert (trial["tried"], trial["of"], list(runs)) == (2, 2, ["fine", "sick"])
    assert runs["sick"]["now"] == runs["sick"]["then"]
    assert runs["sick"]["now"][0]["kind"] == "firing"
    assert 10 <= runs["sick"]["now"][0]["epoch"] < 20
    assert (runs["fine"]["now"], runs["fine"]["then"]) == ([], [])
    trial, runs = tried(is_on=False)
    assert runs["sick"]["now"]
    assert runs["sick"]["then"] == []
    trial, runs = tried(severity="critical")
    assert {said["severity"] for said in runs["sick"]["then"]} == {"critical"}
    trial, runs = tried(limit=1)
    assert (trial["tried"], trial["of"], list(runs)) == (1, 1, ["fine"])
    assert rules_of(client, "trial")["overfitting"]["is_on"] is True
    assert client.send("POST", "/api/rules/overfitting/try", {"project": "trial", "limit": 201}).status == 422
    assert client.send("POST", "/api/rules/overfitting/try", {"project": "none"}).json()["of"] == 0


def test_a_changed_threshold_changes_what_would_be_said_and_nothing_yet(client: Client) -> None:
    """Validation loss rises to seven times its best: too little for a rule that allows ten times as much."""
    curve = [1.0 - 0.08 * epoch for epoch in range(10)] + [0.2 + 0.06 * epoch for epoch in range(20)]
    curves = {"train/loss": [1.0 / (1 + epoch) for epoch in range(30)], "val/loss": curve}
    train(client, "rising", curves, project="allowing")
    given = {"project": "allowing", "thresholds": {"rise": 10}}
    (run,) = client.send("POST", "/api/rules/overfitting/try", given).json()["runs"]
    assert [said["kind"] for said in run["now"]] == ["firing"]
    assert run["then"] == []
    assert client.send("PUT", "/api/rules/overfitting", given).status == 200
    (run,) = client.send("POST", "/api/rules/overfitting/try", {"project": "allowing"}).json()["runs"]
    assert (run["now"], run["then"]) == ([], [])


def test_every_rule_can_be_tried(client: Client) -> None:
    train(client, "any", {"train/loss": [1.0, float("nan")], "val/acc": [0.0, 0.0]}, project="any")
    for rule in RULES:
        given = {"project": "any", "thresholds": {name: each.high for name, each in rule.thresholds.items()}}
        assert client.send("POST", f"/api/rules/{rule.id}/try", given).json()["tried"] == 1, rule.id


def test_an_own_rule_is_tried_before_it_is_made(client: Client) -> None:
    train(client, "low", {"val/acc_a": [0.9, 0.4, 0.3, 0.2], "val/acc_b": [0.9] * 4}, project="own-trial")
    given = {**OWN, "project": "own-trial", "epochs": 2}
    trial = client.send("POST", "/api/own-rules/draft/try", given).json()
    (run,) = trial["runs"]
    assert run["now"] == []
    assert [(said["epoch"], said["severity"], said["subject"]) for said in run["then"]] == [(2, "warning", "val/acc_a")]
    assert "own:draft" not in rules_of(client, "own-trial")


def test_a_trial_that_takes_too_long_says_how_far_it_came(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    train(client, "long", {"train/loss": [1.0] * 5}, project="slow")
    monkeypatch.setattr("epochwatch_server.flows.rule_trial.TRIAL_SECONDS", -1.0)
    trial = client.send("POST", "/api/rules/nonfinite/try", {"project": "slow"}).json()
    assert (trial["runs"], trial["tried"], trial["of"]) == ([], 0, 1)


def test_one_trial_goes_on_at_a_time(server: RunningServer, client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("epochwatch_server.flows.rule_trial.PATIENCE_SECONDS", 0.01)
    with server.app.state.services.rules._trials._turn:
        refused = client.send("POST", "/api/rules/nonfinite/try", {"project": "slow"})
    assert (refused.status, refused.json()["error"]) == (409, "conflict")
    assert client.send("POST", "/api/rules/nonfinite/try", {"project": "slow"}).status == 200


def test_the_description_names_what_each_route_answers(client: Client) -> None:
    paths = client.get("/api/openapi.json")["paths"]
    for path, method, answer in (
        ("/api/rules", "get", "RulesJson"),
        ("/api/rules/{rule}", "put", "RuleJson"),
        ("/api/rules/{rule}/try", "post", "TrialJson"),
        ("/api/own-rules/{slug}", "put", "RuleJson"),
        ("/api/own-rules/{slug}/try", "post", "TrialJson"),
    ):
        schema = paths[path][method]["responses"]["200"]["content"]["application/json"]["schema"]
        assert schema == {"$ref": f"#/components/schemas/{answer}"}, path
