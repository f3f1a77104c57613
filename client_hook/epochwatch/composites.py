"""Composite metrics: the product of named metrics, so that it is only large when all of them are."""

import math
from collections.abc import Iterable, Mapping, Sequence

SPLITS = ("train", "val", "test")


def compute(composites: Mapping[str, Sequence[str]], means: Mapping[str, float]) -> dict[str, float]:
    """Multiply the factors of every composite, for every split that has them all.

    Args:
        composites: name -> factors; a factor names its split (`val/acc`) or stands for each split (`acc`).
        means: metric -> mean over the epoch; NaN and infinity pass through the product.
    Returns:
        `split/name` -> product; without a split when the factors name several splits or none has one.
        A metric that `means` already holds is left out: what the loop logged itself wins.
    """
    found: dict[str, float] = {}
    for name, factors in composites.items():
        for split in _splits_of(name, factors):
            metric = f"{split}/{name}" if split and "/" not in name else name
            values = [means.get(_in_split(factor, split)) for factor in factors]
            if metric not in means and values and all(value is not None for value in values):
                found[metric] = math.prod(value for value in values if value is not None)
    return found


def missing_factors(composites: Mapping[str, Sequence[str]], seen: Iterable[str]) -> list[tuple[str, str, str | None]]:
    """List the factors that no metric seen so far can be: (composite, factor, nearest name or None)."""
    import difflib

    names = set(seen)
    stems = {_without_split(name) for name in names}
    missing = []
    for composite, factors in composites.items():
        for factor in factors:
            pool = names if _split_of(factor) else names | stems
            if factor not in pool:
                nearest = difflib.get_close_matches(factor, sorted(pool), n=1, cutoff=0.5)
                missing.append((composite, factor, nearest[0] if nearest else None))
    return missing


def _splits_of(name: str, factors: Sequence[str]) -> tuple[str, ...]:
    named = {split for split in (_split_of(factor) for factor in factors) if split}
    if any(not _split_of(factor) for factor in factors):
        return ("", *SPLITS) if not named else SPLITS
    return (named.pop(),) if len(named) == 1 else ("",)


def _in_split(factor: str, split: str) -> str:
    return factor if _split_of(factor) or not split else f"{split}/{factor}"


def _split_of(name: str) -> str:
    head, slash, _ = name.partition("/")
    return head if slash and head in SPLITS else ""


def _without_split(name: str) -> str:
    return name.partition("/")[2] if _split_of(name) else name
