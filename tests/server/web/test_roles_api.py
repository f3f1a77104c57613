"""What the metrics of a project were taken for, and what a user says they are."""

import json
from typing import Any

import pytest
from tests.server.web.trainings import train
from tests.server_process import Client


def test_what_a_metric_was_taken_for_is_shown_and_put_right(client: Client) -> None:
    curves = {"train/loss_a": [1.0], "train/loss_b": [1.0], "val/wibble": [0.5], "val_acc": [0.5]}
    train(client, "roles", curves, project="roles", components=["a", "b"])

    def roles() -> dict[str, Any]:
        return {each["metric"]: each for each in client.get("/api/roles?project=roles")["metrics"]}

    found = roles()
    assert set(curves) <= set(found)
    loss, wibble = found["train/loss_a"], found["val/wibble"]
    assert (loss["split"], loss["role"], loss["component"], loss["direction"]) == ("train", "component", "a", "min")
    assert (loss["declared"], loss["corrected"]) == (True, None)
    assert (wibble["split"], wibble["role"], wibble["direction"], wibble["declared"]) == ("val", "other", None, False)
    given = {"project": "roles", "metric": "val/wibble", "role": "accuracy"}
    put = client.send("PUT", "/api/roles", given).json()
    assert put == client.get("/api/roles?project=roles")
    wibble = roles()["val/wibble"]
    assert (wibble["role"], wibble["corrected"], wibble["direction"]) == ("other", "accuracy", "max")
    assert client.send("PUT", "/api/roles", {**given, "role": None}).status == 200
    assert roles()["val/wibble"]["corrected"] is None
    offered = client.get("/api/roles?project=roles")["roles"]
    assert {"loss", "component", "accuracy", "f1", "r2", "lr", "grad_norm", "score", "other"} <= set(offered)


@pytest.mark.parametrize(
    "wrong", [{"role": "wonder"}, {"role": 1}, {"metric": ""}, {"metric": "a\x00b"}, {"metric": "x" * 300}, {"more": 1}]
)
def test_a_role_that_means_nothing_is_refused(client: Client, wrong: dict[str, object]) -> None:
    given = {"project": "roles", "metric": "val/wibble", "role": "accuracy", **wrong}
    assert client.send("PUT", "/api/roles", given).status == 422


def test_a_corrected_role_changes_what_the_rules_see(client: Client) -> None:
    train(client, "blind", {"train/q": [1.0, 0.9, 0.8], "train/bad": [1.0, float("nan"), float("nan")]}, project="see")
    given = {"project": "see", "metric": "train/bad", "role": "loss"}
    assert client.send("PUT", "/api/roles", given).status == 200
    trial = client.send("POST", "/api/rules/nonfinite/try", {"project": "see"}).json()
    (run,) = trial["runs"]
    assert [said["severity"] for said in run["now"]][:1] == ["critical"], json.dumps(run)


def test_the_description_names_what_is_answered(client: Client) -> None:
    described = client.get("/api/openapi.json")["paths"]["/api/roles"]
    for method in ("get", "put"):
        schema = described[method]["responses"]["200"]["content"]["application/json"]["schema"]
        assert schema == {"$ref": "#/components/schemas/RolesJson"}
