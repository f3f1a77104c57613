"""Named views, and notes on runs seen side by side."""

from tests.server.store.conftest import Store
from tests.server.store.making import NOW_MS

from epochwatch_server.domain.view import SavedView
from epochwatch_server.store import views


def test_a_view_has_one_name_and_a_name_one_view(store: Store) -> None:
    second = store.write(lambda c: views.put_view(c, "sick runs", "/?state=crashed", NOW_MS))
    first = store.write(lambda c: views.put_view(c, "digits", "/?project=digits", NOW_MS + 1))
    assert first == SavedView(first.id, "digits", "/?project=digits", NOW_MS + 1)
    assert store.read(views.list_views) == [first, second]
    moved = store.write(lambda c: views.put_view(c, "digits", "/?project=digits&sort=best", NOW_MS + 2))
    assert (moved.id, moved.url) == (first.id, "/?project=digits&sort=best")
    assert store.write(lambda c: views.delete_view(c, first.id))
    assert not store.write(lambda c: views.delete_view(c, first.id))
    assert store.read(views.list_views) == [second]


def test_a_note_belongs_to_runs_together_in_whatever_order(store: Store) -> None:
    store.write(lambda c: views.put_comparison_note(c, ["b", "a"], "b is better", NOW_MS))
    assert store.read(lambda c: views.get_comparison_note(c, ["a", "b"])) == "b is better"
    assert store.read(lambda c: views.get_comparison_note(c, ["a"])) == ""
    store.write(lambda c: views.put_comparison_note(c, ["a", "b"], "no, a is", NOW_MS))
    assert store.read(lambda c: views.get_comparison_note(c, ["b", "a"])) == "no, a is"
    store.write(lambda c: views.put_comparison_note(c, ["a", "b"], "", NOW_MS))
    assert store.count("comparison_note") == 0
