"""Rules in Python that other packages bring along, through the entry point group `epochwatch.rules`."""

import logging
from collections.abc import Iterable, Set
from dataclasses import dataclass
from importlib.metadata import EntryPoint, entry_points

from epochwatch_server.health.rule import NotChecked, Outcome, Rule

logger = logging.getLogger(__name__)

GROUP = "epochwatch.rules"


@dataclass(frozen=True, slots=True)
class PluginRule:
    """What an entry point led to. problem: why it cannot be used; `rule` then only names it."""

    rule: Rule
    problem: str | None = None


def load_plugin_rules(taken: Set[str], found: Iterable[EntryPoint] | None = None) -> list[PluginRule]:
    """Load every rule that is installed; one that cannot be loaded is logged and named, and the others go on.

    Args:
        taken: Ids that a plugin may not use.
    """
    loaded: dict[str, PluginRule] = {}
    for point in sorted(entry_points(group=GROUP) if found is None else found, key=lambda point: point.name):
        plugin = _load(point, taken | loaded.keys())
        loaded[plugin.rule.id] = plugin
    return list(loaded.values())


def _load(point: EntryPoint, taken: Set[str]) -> PluginRule:
    try:
        rule = point.load()
        if not isinstance(rule, Rule):
            raise TypeError(
                f"{point.value} is a {type(rule).__name__}; expected a Rule of epochwatch_server.health.rule"
            )
        if rule.id in taken or ":" in rule.id:
            raise ValueError(f"the id {rule.id!r} is taken, or holds a colon; expected one of its own")
        rule.limits()
    except Exception as problem:  # whatever a stranger's module does while it is imported
        logger.exception("rule not loaded entry_point=%s", point.name)
        return PluginRule(_stand_in(point), f"{type(problem).__name__}: {problem}"[:500])
    return PluginRule(rule)


def _stand_in(point: EntryPoint) -> Rule:
    def check(window: object, limits: object) -> Outcome:
        return NotChecked("it could not be loaded")

    return Rule(f"plugin:{point.name}", point.name, check, f"{point.value} could not be loaded.", moments=frozenset())
