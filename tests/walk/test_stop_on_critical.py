"""From a loss that is NaN to the end of the loop: a rule of the server stops the training that asked for it."""

import time
from pathlib import Path

import pytest
from tests.health_house import house_of
from tests.server_process import RunningServer

import epochwatch

PATIENCE_SECONDS = 20.0


@pytest.mark.parametrize("opts_in", [True, False])
def test_a_critical_alert_ends_the_loop_that_opted_in(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], opts_in: bool
) -> None:
    with RunningServer(tmp_path / "data") as server:
        run = epochwatch.init(
            project="walk", name="diverges", id="diverges", epochs=100_000, spool=str(tmp_path / "spool"),
            server=server.url, token=server.token, stop_on_critical=opts_in,
        )  # fmt: skip
        house, end = house_of(server), time.monotonic() + PATIENCE_SECONDS
        for epoch in run.epochs():
            run.log({"train/loss": float("nan") if epoch > 2 else 1.0 / (epoch + 1)})
            time.sleep(0.02)
            is_said = "nonfinite" in {alert.rule for alert in house.alerts("diverges")}
            if time.monotonic() > end or (is_said and not opts_in):
                break
        run.finish()
        if opts_in:
            house.wait_until_settled("diverges")
        with server.client() as client:
            detail = client.get("/api/runs/diverges")

    if opts_in:
        assert (detail["end_reason"], detail["end_actor"]) == ("stopped", "rule nonfinite")
        assert "nonfinite" in capsys.readouterr().out
    else:
        assert detail["end_reason"] == "finished"
