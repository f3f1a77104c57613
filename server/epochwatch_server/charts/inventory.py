"""Everything that a run has measured, by name, so that charts can pick what they draw."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from epochwatch_server.domain.roles import SPLITS, MetricName, read_metric_name
from epochwatch_server.domain.run import Run
from epochwatch_server.domain.series import Series

_SPLIT_ORDER = {"train": 0, None: 0, "val": 1, "test": 2}


@dataclass(frozen=True, slots=True)
class Inventory:
    """A run's metrics as read from their names, in a steady order, with the sums of their series.

    class_splits, confusion_splits: splits whose class counts, and whose confusion, the run has sent.
    sample_splits, done_splits, scatter_splits: splits that have samples with an error, samples with a flag and its
    label, and pairs of prediction and target. more_units: (split, unit) for every further unit that errors have.
    """

    run: Run
    names: tuple[MetricName, ...]
    series: dict[str, Series]
    class_splits: tuple[str, ...] = ()
    confusion_splits: tuple[str, ...] = ()
    sample_splits: tuple[str, ...] = ()
    done_splits: tuple[str, ...] = ()
    scatter_splits: tuple[str, ...] = ()
    more_units: tuple[tuple[str, str], ...] = ()

    def of_stem(self, stem: str) -> list[MetricName]:
        """Return the splits of one metric: train first, then val, then test."""
        return [name for name in self.names if name.stem == stem]

    def of_role(self, role: str, split: str | None = None) -> list[MetricName]:
        """Return the metrics that play a role, of one split or of all."""
        return [name for name in self.names if name.role == role and split in (None, name.split)]

    def is_composite(self, name: MetricName) -> bool:
        """Say whether the script declared this metric as a product of others."""
        composite = self.run.declared.composite
        return name.stem in composite or name.name in composite

    def is_component(self, name: MetricName) -> bool:
        """Say whether a metric is a term of the loss: as declared, or by its name when nothing was declared."""
        declared = self.run.declared.components
        if declared is None:
            return name.role == "component"
        return name.stem in declared or name.name in declared or component_label(name.stem) in declared

    def components(self, split: str) -> list[MetricName]:
        """Return the terms of a split's loss; Keras gives its training metrics no split."""
        wanted = ("train", None) if split == "train" else (split,)
        return [name for name in self.names if name.split in wanted and self.is_component(name)]

    def component_labels(self) -> list[str]:
        """Return every component of any split once, sorted: its place is its colour on all charts."""
        return sorted({component_label(name.stem) for name in self.names if self.is_component(name)})

    def splits(self) -> Iterator[str]:
        """Yield the splits that the run has metrics of; a metric without one counts as train."""
        present = {name.split or "train" for name in self.names}
        return (split for split in SPLITS if split in present)

    def weight_of(self, name: MetricName) -> float:
        """Return the declared weight of a component in the total, 1 when none was declared."""
        weights = self.run.declared.weights
        keys = (name.name, name.stem, component_label(name.stem))
        return float(next((weights[key] for key in keys if key in weights), 1.0))


def take_inventory(
    run: Run,
    series: Iterable[Series],
    *,
    class_splits: Iterable[str] = (),
    confusion_splits: Iterable[str] = (),
) -> Inventory:
    """Read every metric's name and put them in order: by stem, then train, val, test."""
    by_name = {one.metric: one for one in series}
    names = sorted(map(read_metric_name, by_name), key=_place)
    return Inventory(run, tuple(names), by_name, tuple(class_splits), tuple(confusion_splits))


def component_label(stem: str) -> str:
    """Shorten a component's name to what tells it from the others: `loss_signal`, `signal_loss` are `signal`."""
    for beginning in ("loss_", "loss/", "losses/", "loss.", "loss-"):
        if stem.startswith(beginning) and len(stem) > len(beginning):
            return stem[len(beginning) :]
    return stem.removesuffix("_loss") or stem


def _place(name: MetricName) -> tuple[str, int, str]:
    return name.stem, _SPLIT_ORDER[name.split], name.name
