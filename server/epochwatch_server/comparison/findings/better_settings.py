"""Which settings go with the better runs; settings that change together are told together."""

from collections.abc import Mapping, Sequence

from epochwatch_server.comparison.compared import Compared, noise_of, rank_by
from epochwatch_server.comparison.config_table import ConfigRow, config_rows
from epochwatch_server.comparison.finding import CompareFinding
from epochwatch_server.comparison.wording import difference_word, enumeration, value_word

_SMALL = 6  # runs; below it a difference is a hint
_MAX_SAID = 4
_MAX_SETTINGS = 6  # of one finding; the table has them all, and more in a sentence tell nothing apart
_IDENTITY_WORDS = ("seed", "name", "id", "path", "dir", "date", "time", "host", "note", "tag")

_Sides = tuple[tuple[int, ...], tuple[int, ...]]


def find(group: Sequence[Compared], metric: str | None) -> list[CompareFinding]:
    """Look for settings that part the runs into better and worse with nothing between."""
    if metric is None:
        return []
    ranked = rank_by(group, metric)
    if len(ranked) < 2:
        return []
    runs = [compared for compared, _ in ranked]
    values = {compared.run.id: best for compared, best in ranked}
    by_sides: dict[_Sides, list[ConfigRow]] = {}
    for row in config_rows(runs):
        sides = _sides(row) if row.differs and not _is_identity(row.key) else None
        if sides is not None:
            by_sides.setdefault(sides, []).append(row)
    told = [_tell(runs, values, metric, sides, rows) for sides, rows in by_sides.items()]
    return [finding for finding in told if finding is not None][:_MAX_SAID]


def _sides(row: ConfigRow) -> _Sides | None:
    """Part the runs, best first, where the setting's value changes; None when the values do not part them cleanly."""
    texts = [cell.text if not cell.is_absent else "not set" for cell in row.cells]
    better = [place for place, text in enumerate(texts) if text == texts[0]]
    if better != list(range(len(better))) or len(set(texts)) != 2:
        return None
    return tuple(better), tuple(range(len(better), len(texts)))


def _is_identity(key: str) -> bool:
    last = key.rsplit(".", 1)[-1].lower()
    return any(last == word or last.endswith(f"_{word}") for word in _IDENTITY_WORDS)


def _tell(
    runs: Sequence[Compared], values: Mapping[str, float], metric: str, sides: _Sides, rows: Sequence[ConfigRow]
) -> CompareFinding | None:
    better, worse = ([values[runs[place].run.id] for place in side] for side in sides)
    means = [sum(side) / len(side) for side in (better, worse)]
    difference = means[0] - means[1]
    noise = max(noise_of(compared, metric) for compared in runs)
    if difference == 0:
        return None
    told = [f"{row.key} {_word(row, 0)} (against {_word(row, sides[1][0])})" for row in rows[:_MAX_SETTINGS]]
    left = len(rows) - len(told)
    settings = enumeration([*told, f"{left} more setting{'' if left == 1 else 's'}"] if left else told)
    verb = "goes" if len(rows) == 1 else "go"
    text = (
        f"{settings} {verb} with the better {metric}: {value_word(metric, means[0])} over {_count(better)} against "
        f"{value_word(metric, means[1])} over {_count(worse)}, {difference_word(metric, difference, means[0])}."
    )
    return CompareFinding(
        "better_settings",
        text,
        tuple(compared.run.id for compared in runs),
        _caution(len(runs), len(rows), abs(difference), noise),
        tuple(row.key for row in rows),
    )


def _word(row: ConfigRow, place: int) -> str:
    return "not set" if row.cells[place].is_absent else row.cells[place].text


def _count(values: Sequence[float]) -> str:
    return f"{len(values)} run" + ("s" if len(values) > 1 else "")


def _caution(n: int, settings: int, difference: float, noise: float) -> str:
    told = []
    if n < _SMALL:
        told.append(f"n = {n} runs: a hint, no proof")
    if settings > 1:
        told.append("these settings change together here, so none of them can be told apart from the others")
    if difference <= noise:
        told.append("the difference is no larger than what a single run moves from epoch to epoch")
    return "; ".join(told)
