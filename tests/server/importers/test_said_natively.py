"""The rules say of event files what they say of the same training logged with the hook, be it healthy or sick."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import pytest
from tests.server.importers.foreign import EPOCHS, STEPS, Logs, Points, alerts_of, assert_equal, imported
from tests.server_process import RunningServer

import epochwatch


@dataclass(frozen=True)
class Case:
    """A logger's run. own: ends of the names of series that the logger makes itself, beside what it was told."""

    logger: str
    inside: str
    run: str
    epoch_of: Callable[[str, int], int]
    own: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f"{self.logger}-{self.run}"


def by_steps(metric: str, step: int) -> int:
    return step // STEPS


def by_keras(metric: str, step: int) -> int:
    return (step - 1) // 5 if "batch_" in metric else step


CASES = [
    Case("tensorboard", "runs", "healthy", by_steps),
    Case("tensorboard", "runs", "sick", by_steps),
    Case("lightning", "events", "model", by_steps),
    Case("lightning", "sick_events", "sick", by_steps),
    Case("keras_events", "", "healthy", by_keras, ("_vs_iterations",)),
    Case("keras_events", "", "sick", by_keras, ("_vs_iterations",)),
    Case("keras_events", "", "batches", by_keras, ("_vs_iterations",)),
]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    with RunningServer(tmp_path_factory.mktemp("data")) as running:
        yield running


@pytest.mark.parametrize("case", CASES, ids=str)
def test_event_files_arrive_whole_and_the_rules_say_the_same(server: RunningServer, logs: Logs, case: Case) -> None:
    folder, told = logs.of(case.logger)
    runs = imported(server, "tensorboard", folder / case.inside)
    (run,) = [id_ for name, id_ in runs.items() if name.split("/")[0] == case.run]
    with server.client() as client:
        assert_equal(client, run, told[case.run])
        assert client.get(f"/api/runs/{run}")["epochs_done"] == EPOCHS
        said = alerts_of(client, run)
        assert said == alerts_of(client, log_natively(server, told[case.run], case))
        assert ("nonfinite" in {rule for rule, _, _ in said}) == (case.run == "sick")
        assert imported(server, "auto", folder / case.inside) == runs
        assert_equal(client, run, told[case.run])


def log_natively(server: RunningServer, told: Points, case: Case) -> str:
    """Log the same values with the hook, epoch by epoch, as a loop does."""
    run = epochwatch.init("native", f"{case}", console=False, server=server.url, token=server.token, dir=server.data)
    kept = {metric: points for metric, points in told.items() if not metric.endswith(case.own or ("\0",))}
    for epoch in range(EPOCHS):
        rows: dict[int, dict[str, float]] = {}
        for metric, points in kept.items():
            for step, value in points:
                if case.epoch_of(metric, step) == epoch:
                    rows.setdefault(step, {})[metric] = float(value)
        for step, metrics in in_order(rows):
            run.log(metrics, step=step, epoch=epoch)
    run.finish(0)
    return run.id


def in_order(rows: Mapping[int, dict[str, float]]) -> list[tuple[int, dict[str, float]]]:
    """Sort by step; what is of a validation comes last, though Keras counts it otherwise."""
    return sorted(rows.items(), key=lambda row: (any(name.startswith("val") for name in row[1]), row[0]))
