"""What a run has measured, by name."""

from tests.server.charts.curves import by_epoch, inventory_of, make_run

from epochwatch_server.charts.inventory import component_label
from epochwatch_server.domain.run import Declared

POINTS = by_epoch([1.0])


def test_the_splits_of_a_metric_come_train_first_then_val_then_test() -> None:
    inventory = inventory_of({"test/loss": POINTS, "val_loss": POINTS, "loss": POINTS, "train/loss": POINTS})
    assert [name.name for name in inventory.of_stem("loss")] == ["loss", "train/loss", "val_loss", "test/loss"]
    assert list(inventory.splits()) == ["train", "val", "test"]


def test_terms_are_known_by_declaration_or_else_by_name() -> None:
    curves = {"train/loss_a": POINTS, "train/b_loss": POINTS, "train/loss": POINTS, "train/kl": POINTS}
    assert [name.name for name in inventory_of(curves).components("train")] == ["train/b_loss", "train/loss_a"]
    for declared in (["kl", "a"], ["train/kl", "train/loss_a"], ["loss_a", "kl"]):
        run = make_run(declared=Declared(components=declared))
        assert [name.name for name in inventory_of(curves, run).components("train")] == ["train/kl", "train/loss_a"]


def test_a_weight_is_found_by_the_terms_short_or_long_name() -> None:
    inventory = inventory_of({"train/loss_a": POINTS}, make_run(declared=Declared(weights={"a": 0.5})))
    assert inventory.weight_of(inventory.names[0]) == 0.5
    assert inventory_of({"train/loss_b": POINTS}).weight_of(inventory.names[0]) == 1.0


def test_terms_have_short_names() -> None:
    given = ["loss_signal", "signal_loss", "loss/signal", "losses/signal", "loss_", "kl", "_loss"]
    assert [component_label(stem) for stem in given] == ["signal"] * 4 + ["loss_", "kl", "_loss"]
