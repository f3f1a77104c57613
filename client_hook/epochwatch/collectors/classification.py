"""Counts that give accuracy, F1 and confusion of a classification, streamed in memory of O(classes)."""

from __future__ import annotations

from typing import Any

from epochwatch.collectors.arrays import Home
from epochwatch.collectors.f1 import ClassNames, Result, of_classes, of_labels

MOST_CONFUSED = 50  # classes up to which every pair is counted: 50 x 50 numbers still make a readable picture
_MOST_CLASSES = 1 << 18  # as many as the largest vocabularies; on a device all are laid out at once, 6 MiB
_CHUNK_ELEMENTS = 1 << 20  # temporaries stay at 8 MiB each, whatever the size of a batch


class ClassCounts:
    """True and predicted classes of one epoch, one class per element. Called from the training thread only.

    Pairs of classes below 50 are counted in a matrix, all others in three vectors: truth, predicted, both.
    """

    title = "class indices or logits"

    def __init__(self, home: Home, ignored: int) -> None:
        self._home = home
        self._ignored = ignored
        self._pairs = home.zeros(MOST_CONFUSED * MOST_CONFUSED)
        self._vectors: Any = None  # int64 (3, size): truth, predicted, both the same
        self._left_out: Any = home.zeros(2)  # elements whose prediction is not finite; whose class is out of range
        self._columns = 0

    def add(self, truth: Any, predicted: Any, usable: Any, columns: int | None = None) -> None:
        """Add a batch.

        Args:
            truth, predicted: int64 class indices (n,); the ignored index (-100) in `truth` leaves an element out.
            usable: bool (n,): false where the prediction was not finite.
            columns: number of classes when the shape of the logits told it.

        Raises:
            ValueError: a class out of range; on a device, where looking would mean waiting, it is counted instead.
        """
        self._columns = max(self._columns, columns or 0)
        for start in range(0, len(truth), _CHUNK_ELEMENTS):
            part = slice(start, start + _CHUNK_ELEMENTS)
            self._add_part(truth[part], predicted[part], usable[part], columns)

    def result(self, names: ClassNames) -> Result:
        """Return the metrics (see `f1.of_classes`) and counts over the classes that truth or predictions have."""
        pairs = self._pairs.reshape(MOST_CONFUSED, MOST_CONFUSED).tolist()
        nonfinite, out_of_range = self._left_out.tolist()
        rest = self._rest()
        tally = {
            index: [sum(pairs[index]), sum(row[index] for row in pairs), pairs[index][index]]
            for index in range(MOST_CONFUSED)
        }
        for index, counts in rest.items():
            tally[index] = [a + b for a, b in zip(tally.get(index, [0, 0, 0]), counts, strict=True)]
        tally = {index: counts for index, counts in tally.items() if counts[0] or counts[1]}
        is_small = not rest and self._columns <= MOST_CONFUSED
        present = list(tally)
        confusion = [[pairs[row][column] for column in present] for row in present] if is_small else None
        metrics, classes = of_classes(names.of_all(present), list(tally.values()), confusion)
        return metrics | _left_out(nonfinite, out_of_range), classes

    def _add_part(self, truth: Any, predicted: Any, usable: Any, columns: int | None) -> None:
        xp = self._home.library
        wanted = truth != self._ignored
        size = self._size_for(truth, predicted, wanted & usable, columns)
        in_range = (truth >= 0) & (truth < size) & (predicted >= 0) & (predicted < size)
        counted = wanted & usable & in_range
        left_out = xp.stack([(wanted & ~usable).sum(), (wanted & usable & ~in_range).sum()])
        self._left_out = self._left_out + left_out
        is_small = (truth < MOST_CONFUSED) & (predicted < MOST_CONFUSED)
        index = truth * MOST_CONFUSED + predicted
        # Sums are replaced, not changed in place: those born in torch.inference_mode() may not be changed outside it.
        self._pairs = self._pairs + self._home.count(index, counted & is_small, len(self._pairs))
        if size > MOST_CONFUSED:
            self._add_vectors(truth, predicted, counted & ~is_small, size)

    def _size_for(self, truth: Any, predicted: Any, used: Any, columns: int | None) -> int:
        limit = columns or _MOST_CLASSES
        if not self._home.on_host:
            return limit
        if not bool(used.any()):
            return 1
        both = self._home.library.concatenate([truth[used], predicted[used]])
        lowest, highest = int(both.min()), int(both.max())
        if lowest < 0 or highest >= limit:
            given = lowest if lowest < 0 else highest
            raise ValueError(f"given class {given}, expected indices 0 to {limit - 1} ({self._ignored} leaves one out)")
        return highest + 1

    def _add_vectors(self, truth: Any, predicted: Any, counted: Any, size: int) -> None:
        xp, home = self._home.library, self._home
        parts = [home.count(truth, counted, size), home.count(predicted, counted, size)]
        parts.append(home.count(truth, counted & (truth == predicted), size))
        added = xp.stack(parts)
        if self._vectors is not None:
            added, known = _same_width(home, added, self._vectors)
            added = added + known
        self._vectors = added

    def _rest(self) -> dict[int, list[int]]:
        """Return truth, predicted and hits of every class that the vectors counted."""
        if self._vectors is None:
            return {}
        indices = self._home.library.where(self._vectors.sum(axis=0) > 0)[0]
        columns = self._vectors[:, indices].T.tolist()
        return dict(zip(indices.tolist(), columns, strict=True))


class ScoreThreshold:
    """Decide whether scores are probabilities, cut at 0.5, or logits, cut at 0: any score outside 0..1 means logits.

    Once logits were seen it stays with them, so that an epoch of small logits is not misread.
    """

    def __init__(self) -> None:
        self._is_logits = False

    def choice(self, outside: Any) -> int:
        """Return 0 for the threshold 0.5 or 1 for the threshold 0, given whether any score of the epoch was outside."""
        self._is_logits = self._is_logits or bool(outside)
        return int(self._is_logits)


class BinaryCounts:
    """Scores of a two-class problem for one epoch: counted at both thresholds until it is known which is meant."""

    title = "one score per element"

    def __init__(self, home: Home, ignored: int, threshold: ScoreThreshold) -> None:
        self._home = home
        self._threshold = threshold
        self._at = (ClassCounts(home, ignored), ClassCounts(home, ignored))
        self._outside = home.zeros(1)[0] > 0
        self._ignored = ignored

    def add(self, truth: Any, scores: Any) -> None:
        """Add int64 truth (n,) of 0 and 1, and float scores (n,).

        Raises:
            ValueError: a truth beyond 0 and 1.
        """
        home, xp = self._home, self._home.library
        if home.on_host and bool(((truth != self._ignored) & ((truth < 0) | (truth > 1))).any()):
            raise ValueError(
                f"given one score per element for targets from {int(truth.min())} to {int(truth.max())}, expected "
                "targets 0 and 1; for a regression pass float targets, for classes their indices as integers"
            )
        usable = xp.isfinite(scores)
        self._outside = self._outside | (usable & ((scores < 0) | (scores > 1))).any()
        for counts, cut in zip(self._at, (0.5, 0.0), strict=True):
            counts.add(truth, home.as_integer(scores > cut), usable, columns=2)

    def result(self, names: ClassNames) -> Result:
        """Return metrics and counts at the threshold that fits the scores."""
        return self._at[self._threshold.choice(self._outside)].result(names)


class LabelCounts:
    """Any number of labels per element (multi-label) for one epoch."""

    title = "scores of several labels per element"

    def __init__(self, home: Home, threshold: ScoreThreshold) -> None:
        self._home = home
        self._threshold = threshold
        self._outside = home.zeros(1)[0] > 0
        self._columns: Any = None  # int64 (2 thresholds, 3, labels): truth, predicted, both
        self._rows: Any = home.zeros(4)  # used; all labels right at 0.5; at 0; left out as not finite

    def add(self, truth: Any, scores: Any) -> None:
        """Add truth (n, labels), non-zero where a label applies, and float scores (n, labels)."""
        xp = self._home.library
        usable = xp.isfinite(scores).all(axis=1)
        rows = usable[:, None]
        self._outside = self._outside | (rows & ((scores < 0) | (scores > 1))).any()
        truth = truth != 0
        columns, exact = [], []
        for cut in (0.5, 0.0):
            predicted = scores > cut
            sets = (truth & rows, predicted & rows, truth & predicted & rows)
            columns.append(xp.stack([marked.sum(axis=0) for marked in sets]))
            exact.append((usable & (truth == predicted).all(axis=1)).sum())
        added = xp.stack(columns)
        if self._columns is not None and self._columns.shape != added.shape:
            raise ValueError(
                f"given {added.shape[2]} labels, expected {self._columns.shape[2]} as before in this epoch"
            )
        self._columns = added if self._columns is None else self._columns + added
        self._rows = self._rows + xp.stack([usable.sum(), *exact, (~usable).sum()])

    def result(self, names: ClassNames) -> Result:
        """Return the metrics as scikit-learn computes them on the same indicator matrices (absent labels have F1 0).

        accuracy is the share of elements with every label right.
        """
        chosen = self._threshold.choice(self._outside)
        used, *exact, nonfinite = self._rows.tolist()
        truth, predicted, hits = self._columns[chosen].tolist()
        counts = [list(column) for column in zip(truth, predicted, hits, strict=True)]
        metrics, classes = of_labels(names.of_all(range(len(counts))), counts)
        accuracy = {"accuracy": exact[chosen] / used} if used else {}
        return accuracy | metrics | _left_out(nonfinite, 0), classes


def _left_out(nonfinite: int, out_of_range: int) -> dict[str, float]:
    """Return how many elements were left out, when there were any."""
    left_out = {"nonfinite_predictions": float(nonfinite), "invalid_classes": float(out_of_range)}
    return {name: count for name, count in left_out.items() if count}


def _same_width(home: Home, one: Any, other: Any) -> tuple[Any, Any]:
    """Widen the narrower of two (3, size) arrays with zeros."""
    width = max(one.shape[1], other.shape[1])
    first, second = (
        home.library.concatenate([array, home.zeros(3, width - array.shape[1])], axis=1) for array in (one, other)
    )
    return first, second
