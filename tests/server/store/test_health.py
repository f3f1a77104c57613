"""Where the rules stand with a run."""

from typing import Any

import pytest
from tests.server.store.conftest import Store
from tests.server.store.making import NOW_MS, adding_run

from epochwatch_server.domain.alert import StoredHealth
from epochwatch_server.domain.errors import NotFound
from epochwatch_server.store import health, runs

STATE: dict[str, Any] = {"alerts": [], "verdicts": {"plateau": ["ok", ""]}, "seen": {"epoch": [3, 120]}}


@pytest.fixture(autouse=True)
def _run(store: Store) -> None:
    store.write(adding_run())


def kept(store: Store) -> StoredHealth | None:
    return store.read(lambda c: health.get_health(c, "run1"))


def test_where_the_rules_stand_comes_back_as_it_was_left(store: Store) -> None:
    assert kept(store) is None
    store.write(lambda c: health.put_health(c, "run1", STATE, NOW_MS))
    assert kept(store) == StoredHealth("run1", STATE, paused=False, version=1)
    store.write(lambda c: health.put_health(c, "run1", {"alerts": ["x"]}, NOW_MS + 1))
    assert kept(store) == StoredHealth("run1", {"alerts": ["x"]}, paused=False, version=2)


def test_a_pause_leaves_the_state_alone_and_the_state_leaves_the_pause(store: Store) -> None:
    store.write(lambda c: health.set_paused(c, "run1", True, NOW_MS))
    assert kept(store) == StoredHealth("run1", None, paused=True, version=1)
    store.write(lambda c: health.put_health(c, "run1", STATE, NOW_MS))
    assert kept(store) == StoredHealth("run1", STATE, paused=True, version=2)
    store.write(lambda c: health.set_paused(c, "run1", False, NOW_MS))
    assert kept(store) == StoredHealth("run1", STATE, paused=False, version=3)


def test_nothing_is_kept_of_a_run_that_is_gone(store: Store) -> None:
    store.write(lambda c: health.put_health(c, "run1", STATE, NOW_MS))
    store.write(lambda c: runs.delete_run(c, "run1"))
    assert kept(store) is None
    for write in (
        lambda c: health.put_health(c, "run1", STATE, NOW_MS),
        lambda c: health.set_paused(c, "run1", True, NOW_MS),
    ):
        with pytest.raises(NotFound, match="no run run1"):
            store.write(write)
    assert store.count("health") == 0
