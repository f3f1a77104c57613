"""Samples and the images they show."""

import math
from functools import partial

import pytest
from tests.server.store.conftest import Store
from tests.server.store.making import NOW_MS, adding_run

from epochwatch_server.domain.packet import SampleRecord
from epochwatch_server.domain.sample import Image
from epochwatch_server.store.samples import append_samples, get_image, list_samples, put_image, sample_epochs

PICTURE = Image("ab" * 32, "image/png", 384, 256, bytes(range(256)) * 40)


@pytest.fixture(autouse=True)
def _run(store: Store) -> None:
    store.write(adding_run())


def a_sample(name: str = "s1", **fields: object) -> SampleRecord:
    given = {
        "split": "val",
        "id": name,
        "epoch": 3,
        "step": 99,
        "time_ms": NOW_MS,
        "image_key": None,
        "gt": [(1.5, 2.0), (3.0, 4.0)],
        "pred": [(1.0, 2.5)],
        "error_px": 0.7,
        "gt_done": 1.0,
        "pred_done": 0.25,
        "caption": "a <caption>",
        "extra": {"loss": 0.1, "nested": [1, {"$float": "nan"}]},
    }
    return SampleRecord(**{**given, **fields})  # type: ignore[arg-type]  # fields by name


def test_an_image_is_stored_once_whoever_sends_it(store: Store) -> None:
    store.write(adding_run("run2"))
    for run_id, key in (("run1", "k1"), ("run1", "k2"), ("run2", "k1")):
        store.write(partial(put_image, run_id=run_id, key=key, image=PICTURE))
    assert store.count("image") == 1
    assert store.read(lambda c: get_image(c, PICTURE.sha256)) == PICTURE
    assert store.read(lambda c: get_image(c, "cd" * 32)) is None


def test_a_sample_comes_back_with_the_size_of_its_image(store: Store) -> None:
    store.write(lambda c: put_image(c, "run1", "k1", PICTURE))
    assert store.write(lambda c: append_samples(c, "run1", [a_sample(image_key="k1")])) == []
    (found,) = store.read(lambda c: list_samples(c, "run1", "val", 3))
    assert (found.image, found.width, found.height) == (PICTURE.sha256, 384, 256)
    assert (found.gt, found.pred, found.error_px) == ([(1.5, 2.0), (3.0, 4.0)], [(1.0, 2.5)], 0.7)
    assert (found.gt_done, found.pred_done, found.caption, found.step) == (1.0, 0.25, "a <caption>", 99)
    assert found.extra == {"loss": 0.1, "nested": [1, {"$float": "nan"}]}


def test_an_image_of_another_run_is_not_found_by_its_key(store: Store) -> None:
    store.write(adding_run("run2"))
    store.write(lambda c: put_image(c, "run2", "k1", PICTURE))
    (rejection,) = store.write(lambda c: append_samples(c, "run1", [a_sample(image_key="k1")]))
    assert rejection.given == "image k1"
    (found,) = store.read(lambda c: list_samples(c, "run1", "val", 3))
    assert (found.image, found.width) == (None, None)


def test_a_sample_told_again_is_replaced_and_keeps_its_place(store: Store) -> None:
    store.write(lambda c: append_samples(c, "run1", [a_sample("b"), a_sample("a"), a_sample("c")]))
    store.write(lambda c: append_samples(c, "run1", [a_sample("b", error_px=5.0), a_sample("b", error_px=6.0)]))
    found = store.read(lambda c: list_samples(c, "run1", "val", 3))
    assert [sample.id for sample in found] == ["b", "a", "c"]
    assert found[0].error_px == 6.0


def test_numbers_of_a_sample_may_be_missing_or_non_finite(store: Store) -> None:
    given = a_sample(gt=None, pred=[(math.nan, math.inf)], error_px=math.nan, gt_done=None, pred_done=-math.inf)
    store.write(lambda c: append_samples(c, "run1", [given]))
    (found,) = store.read(lambda c: list_samples(c, "run1", "val", 3))
    assert (found.gt, found.gt_done, found.pred_done) == (None, None, -math.inf)
    assert math.isnan(found.error_px or 0.0)
    assert found.pred is not None
    assert math.isnan(found.pred[0][0])
    assert found.pred[0][1] == math.inf


def test_the_slider_gets_the_epochs_of_each_split_in_order(store: Store) -> None:
    given = [a_sample(split=split, epoch=epoch) for split, epoch in [("val", 9), ("train", 0), ("val", 10), ("val", 2)]]
    store.write(lambda c: append_samples(c, "run1", given))
    assert store.read(lambda c: sample_epochs(c, "run1")) == {"train": [0], "val": [2, 9, 10]}
    assert store.read(lambda c: sample_epochs(c, "none")) == {}
