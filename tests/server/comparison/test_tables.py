"""The tables of a comparison."""

import math

from tests.server.comparison.group import compared, seed_000

from epochwatch_server.comparison.config_table import config_rows
from epochwatch_server.comparison.metric_table import metric_rows, val_test_rows, was_tested
from epochwatch_server.comparison.run_table import run_facts


def test_nested_keys_are_flattened_and_only_what_differs_is_marked() -> None:
    rows = config_rows(
        [
            compared("a", {"optim": {"lr": 0.1, "betas": [0.9, 0.99]}, "seed": 1}),
            compared("b", {"optim": {"lr": 0.2, "betas": [0.9, 0.99]}, "seed": 1, "amp": None}),
        ]
    )
    assert {row.key: row.differs for row in rows} == {
        "optim.lr": True,
        "optim.betas": False,
        "seed": False,
        "amp": True,  # absent is not None
    }
    assert [cell.is_absent for cell in rows[-1].cells] == [True, False]


def test_a_number_as_text_differs_from_the_number_and_is_marked() -> None:
    (row,) = config_rows([compared("a", {"lr": "5e-5"}), compared("b", {"lr": 5e-5})])
    assert row.differs
    assert [cell.is_text_number for cell in row.cells] == [True, False]
    assert not config_rows([compared("a", {"n": 1}), compared("b", {"n": 1.0})])[0].differs


def test_the_best_is_told_with_its_epoch_and_not_the_last() -> None:
    runs = [
        compared("a", metrics={"val/accuracy": [0.5, 0.9, 0.7], "val/loss": [1.0, 0.4, 2.0]}),
        compared("b", metrics={"val/accuracy": [0.5, 0.6, 0.8], "val/loss": [1.0, 0.5, 0.3]}),
    ]
    rows = {row.metric: row for row in metric_rows(runs)}
    best = [(cell.standing.best, cell.standing.best_epoch) for cell in rows["val/accuracy"].cells if cell.standing]
    assert best == [(0.9, 1), (0.8, 2)]
    assert [cell.is_best for cell in rows["val/accuracy"].cells] == [True, False]
    assert [cell.is_best for cell in rows["val/loss"].cells] == [False, True]


def test_never_computed_is_not_zero() -> None:
    runs = [
        compared("a", metrics={"val/f1": [0.0, 0.0], "test/f1": [0.0]}),
        compared("b", metrics={"val/f1": [0.0, 0.5]}),
    ]
    (row,) = val_test_rows(runs)
    assert row.pairs == ((0.0, 0.0), (0.5, None))
    assert [was_tested(run) for run in runs] == [True, False]


def test_values_that_are_not_finite_are_never_best() -> None:
    runs = [
        compared("a", metrics={"val/loss": [math.nan, -math.inf, 0.5, math.nan]}),
        compared("b", metrics={"val/loss": [math.nan]}),
    ]
    (row,) = metric_rows(runs)
    first, second = (cell.standing for cell in row.cells)
    assert first is not None
    assert (first.best, first.best_epoch) == (0.5, 2)
    assert second is not None
    assert second.best is None
    assert not any(cell.is_best for cell in row.cells)


def test_the_table_of_the_post_mortem_has_its_numbers() -> None:
    (row,) = metric_rows(seed_000())
    assert [round(cell.standing.best, 4) for cell in row.cells if cell.standing and cell.standing.best] == [
        0.9377,
        0.9370,
        0.9348,
    ]
    assert [cell.is_best for cell in row.cells] == [True, False, False]
    differing = {row.key: [cell.text for cell in row.cells] for row in config_rows(seed_000()) if row.differs}
    assert differing["hidden_dim"] == ["256", "256", "96"]
    assert differing["lr"] == ["5.4e-05", "5.4e-05", "9e-05"]
    assert [facts.is_tested for facts in run_facts(seed_000())] == [False, False, False]
