"""Samples followed through the epochs: one statement, however many there are and whatever is drawn on them."""

import math
from typing import Any

import pytest
from sqlalchemy import Connection, event
from tests.server.store.conftest import Store
from tests.server.store.making import NOW_MS, adding_run

from epochwatch_server.domain.packet import SampleRecord
from epochwatch_server.store.sample_tracks import read_tracks, what_is_told
from epochwatch_server.store.samples import append_samples, list_samples


@pytest.fixture(autouse=True)
def _run(store: Store) -> None:
    store.write(adding_run())


def a_sample(name: str, epoch: int, **fields: Any) -> SampleRecord:
    given = {
        "split": "val", "id": name, "epoch": epoch, "step": 9, "time_ms": NOW_MS, "image_key": None,
        "gt": None, "pred": None, "error_px": None, "gt_done": None, "pred_done": None, "caption": "", "extra": {},
    }  # fmt: skip
    return SampleRecord(**{**given, **fields})


def test_each_sample_has_its_error_and_flags_at_each_epoch_in_the_order_it_came(store: Store) -> None:
    given = [
        a_sample("b", 0, error=5.0, error_unit="px", gt_done=0.0, pred_done=0.25),
        a_sample("a", 0, error=1.0, error_unit="px"),
        a_sample("b", 3, error=2.5, error_unit='"mm", {x}', gt_done=1.0, pred_done=-math.inf),
        a_sample("a", 9, split="train", error=7.0),
    ]
    store.write(lambda c: append_samples(c, "run1", given))
    tracks = store.read(lambda c: read_tracks(c, "run1", "val"))
    assert (tracks.epochs, tracks.units) == ([0, 3], ['"mm", {x}', "px"])
    assert [(one.id, one.errors) for one in tracks.samples] == [("b", [None, 2.5]), ("a", [1.0, None])]
    assert (tracks.samples[0].gt_done, tracks.samples[0].pred_done) == ([0.0, 1.0], [0.25, None])


def test_a_split_without_samples_has_no_tracks(store: Store) -> None:
    tracks = store.read(lambda c: read_tracks(c, "run1", "test"))
    assert (tracks.epochs, tracks.unit, tracks.samples) == ([], "", [])


def test_two_hundred_epochs_of_64_samples_with_signals_are_one_statement(store: Store) -> None:
    signal = {"kind": "signal", "of": "input", "values": [0.123456] * 200}
    for epoch in range(200):
        given = [a_sample(f"s{k}", epoch, error=1.0 * k, error_unit="RMSE", layers=[signal]) for k in range(64)]
        store.write(lambda c, given=given: append_samples(c, "run1", given))  # type: ignore[misc]  # one portion each
    statements: list[str] = []

    def counted(connection: Connection) -> Any:
        event.listen(connection, "before_cursor_execute", lambda *given: statements.append(given[2]))
        return read_tracks(connection, "run1", "val")

    tracks = store.read(counted)
    assert len(statements) == 1
    assert "substr(shown" in statements[0]  # the signals stay where they are
    assert (len(tracks.epochs), len(tracks.samples)) == (200, 64)
    assert tracks.samples[63].errors == [63.0] * 200


def test_rows_of_the_first_version_are_followed_too(store: Store) -> None:
    store.write(lambda c: append_samples(c, "run1", [a_sample("s", 0)]))
    old = '{"gt":[[1.0,2.0]],"pred":[[4.0,6.0]],"error_px":5.0,"gt_done":0.0,"pred_done":0.5}'
    store.write(lambda c: c.exec_driver_sql(f"UPDATE sample SET shown = '{old}'"))
    tracks = store.read(lambda c: read_tracks(c, "run1", "val"))
    assert (tracks.samples[0].errors, tracks.samples[0].pred_done, tracks.unit) == ([5.0], [0.5], "px")
    (found,) = store.read(lambda c: list_samples(c, "run1", "val", 0))
    assert (found.error, found.error_unit, list(found.layers)) == (5.0, "px", [])


def test_layers_come_back_as_they_were_sent(store: Store) -> None:
    layers = [{"kind": "line", "of": "gt", "lines": [[[1.0, math.nan]]]}, {"kind": "peaks", "of": "pred", "at": [3.5]}]
    store.write(lambda c: append_samples(c, "run1", [a_sample("s", 0, layers=layers, error=0.5, error_unit="1-IoU")]))
    (found,) = store.read(lambda c: list_samples(c, "run1", "val", 0))
    line, peaks = found.layers
    assert math.isnan(line["lines"][0][0][1])
    assert (peaks, found.error, found.error_unit) == (layers[1], 0.5, "1-IoU")


def test_what_an_epoch_has_is_told_of_its_samples(store: Store) -> None:
    given = [
        a_sample("s", 0, error=1.0, error_unit="RMSE"),
        *(a_sample(name, 0, error=1.0, error_unit="px", pred_done=0.5) for name in "tv"),
        a_sample("u", 1, gt_done=1.0, pred_done=0.5),
    ]
    store.write(lambda c: append_samples(c, "run1", given))
    assert store.read(lambda c: what_is_told(c, "run1", "val", 0)) == (["px", "RMSE"], False)
    assert store.read(lambda c: what_is_told(c, "run1", "val", 1)) == ([], True)


def test_a_sample_is_followed_in_one_unit_and_most_samples_say_which_comes_first(store: Store) -> None:
    given = [
        a_sample("wave", 0, error=0.2, error_unit="RMSE"),
        *(a_sample(name, 0, error=9.0, error_unit="px") for name in "ab"),
        a_sample("wave", 1, error=0.1, error_unit="RMSE"),
    ]
    store.write(lambda c: append_samples(c, "run1", given))
    tracks = store.read(lambda c: read_tracks(c, "run1", "val"))
    assert (tracks.unit, tracks.units) == ("px", ["px", "RMSE"])
    assert [(one.unit, one.errors) for one in tracks.samples] == [
        ("RMSE", [0.2, 0.1]),
        ("px", [9.0, None]),
        ("px", [9.0, None]),
    ]


def test_a_distance_to_an_object_that_is_not_there_is_no_error(store: Store) -> None:
    done = {"error": 80.0, "gt_done": 1.0, "pred_done": 0.5}
    given = [a_sample("far", 0, error_unit="px", **done), a_sample("own", 0, error_unit="mm", **done)]
    store.write(lambda c: append_samples(c, "run1", given))
    tracks = store.read(lambda c: read_tracks(c, "run1", "val"))
    assert [(one.id, one.errors) for one in tracks.samples] == [("far", [None]), ("own", [80.0])]
    assert store.read(lambda c: what_is_told(c, "run1", "val", 0)) == (["mm"], True)
