"""F1 and its averages, as scikit-learn defines them, from counts of truth, predictions and hits."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

_MOST_F1_METRICS = 200  # classes with a metric of their own; a run may have 10,000 names
_MOST_LISTED = 10_000  # classes listed one by one: they travel as one event

Result = tuple[dict[str, float], dict[str, Any] | None]
Counts = list[list[int]]  # per class: elements of it in the truth, in the predictions, in both


@dataclass(frozen=True, slots=True)
class ClassNames:
    """What classes are called: the given labels in the order of the class indices, else the index itself."""

    labels: Sequence[object] | None = None

    def of(self, index: int) -> str:
        """Return the name of a class, fit for a metric's name: one line, at most 100 characters."""
        name = str(self.labels[index]) if self.labels is not None and index < len(self.labels) else str(index)
        return "".join(letter if letter.isprintable() else " " for letter in name)[:100].strip() or str(index)

    def of_all(self, indices: Sequence[int]) -> list[str]:
        """Return the names of several classes; where two share a name the index tells them apart."""
        names = [self.of(index) for index in indices]
        if len(set(names)) == len(names):
            return names
        return [f"{name} ({index})" for name, index in zip(names, indices, strict=True)]


def of_classes(labels: list[str], counts: Counts, confusion: list[list[int]] | None) -> Result:
    """Return metrics and counts of a classification with one class per element.

    f1 of a class is 2 hits / (truth + predicted). f1_macro is the plain mean over the given classes, f1_weighted the
    mean weighted by the truth, f1_micro that of all elements together (here: the accuracy). balanced_accuracy is the
    mean recall, hits / truth, of the classes that the truth has.

    Args:
        labels: names of the classes that are present in the truth or the predictions.
        confusion: elements by class of the truth (rows) and of the prediction (columns).
    """
    total = sum(truth for truth, _, _ in counts)
    if not total:
        return {}, None
    recalls = [hits / truth for truth, _, hits in counts if truth]
    metrics = {"accuracy": sum(hits for _, _, hits in counts) / total} | _averages(counts)
    metrics["balanced_accuracy"] = sum(recalls) / len(recalls)
    return metrics | _of_each(labels, counts), _classes(labels, counts, confusion)


def of_labels(labels: list[str], counts: Counts) -> Result:
    """Return metrics and counts where an element has any number of labels; a label that never occurs has F1 0.

    Such a label counts in the averages, as in scikit-learn, but gets no metric of its own: it was never tried.
    """
    if not labels:
        return {}, None
    tried = [row for row, column in enumerate(counts) if any(column)]
    metrics = _averages(counts) | _of_each([labels[row] for row in tried], [counts[row] for row in tried])
    return metrics, _classes(labels, counts, None)


def _averages(counts: Counts) -> dict[str, float]:
    f1 = [_f1(*column) for column in counts]
    truth, predicted, hits = (sum(column[row] for column in counts) for row in range(3))
    weighted = sum(score * column[0] for score, column in zip(f1, counts, strict=True))
    return {
        "f1_macro": sum(f1) / len(f1),
        "f1_weighted": weighted / truth if truth else 0.0,
        "f1_micro": _f1(truth, predicted, hits),
    }


def _f1(truth: int, predicted: int, hits: int) -> float:
    return 2 * hits / (truth + predicted) if truth + predicted else 0.0


def _of_each(labels: list[str], counts: Counts) -> dict[str, float]:
    if len(labels) > _MOST_F1_METRICS:
        return {}
    return {f"f1/{label}": _f1(*column) for label, column in zip(labels, counts, strict=True)}


def _classes(labels: list[str], counts: Counts, confusion: list[list[int]] | None) -> dict[str, Any] | None:
    if len(labels) > _MOST_LISTED:
        return None
    truth, predicted, _ = (list(row) for row in zip(*counts, strict=True))
    f1 = [_f1(*column) for column in counts]
    return {"labels": labels, "truth": truth, "predicted": predicted, "confusion": confusion, "f1": f1}
