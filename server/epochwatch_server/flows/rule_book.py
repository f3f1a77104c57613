"""Which rules a project has, and how it has set them: those built in, those of plugins, those of its own."""

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from epochwatch_server.domain.alert import OwnRule, RuleSetting
from epochwatch_server.flows.plugin_rules import PluginRule, load_plugin_rules
from epochwatch_server.health.catalogue import RULES
from epochwatch_server.health.engine import Engine, RuleSettings
from epochwatch_server.health.own_rule import make_rule
from epochwatch_server.health.rule import Rule, Severity
from epochwatch_server.store import rule_settings
from epochwatch_server.store.database import Connection

FRESH_MS = 2_000  # another server of the same database may have changed a setting


@dataclass(frozen=True, slots=True)
class KnownRule:
    """A rule of a project. origin: built-in, own or plugin.

    problem: what is wrong with it or its setting; with its setting the rule runs on its defaults. is_usable: whether
    the engine has it at all.
    """

    rule: Rule
    origin: str
    own: OwnRule | None = None
    problem: str | None = None
    is_usable: bool = True


@dataclass(frozen=True, slots=True)
class Failures:
    """How often a rule broke since the server started, and how the last time."""

    count: int = 0
    last: str | None = None


@dataclass(frozen=True, slots=True)
class Chapter:
    """All about one project's rules. stops: those that may stop a run. corrections: roles that a user put right."""

    rules: Sequence[KnownRule]
    settings: Mapping[str, RuleSettings]
    engine: Engine
    stops: frozenset[str]
    corrections: Mapping[str, str]
    source: tuple[object, ...]  # what it was made of
    read_ms: int


class RuleBook:
    """Keeps what was read. Safe to use from any thread."""

    def __init__(self, clock_ms: Callable[[], int], plugins: Sequence[PluginRule] | None = None) -> None:
        """Load the plugins, unless they are given."""
        self._clock_ms = clock_ms
        built_in = frozenset(rule.id for rule in RULES)
        self._plugins = load_plugin_rules(built_in) if plugins is None else list(plugins)
        self._chapters: dict[str, Chapter] = {}
        self._failures: dict[str, Failures] = {}
        self._lock = threading.Lock()

    def chapter(self, connection: Connection, project: str) -> Chapter:
        """Read all about a project's rules, every two seconds at most; it stays as it is until something changes."""
        now_ms = self._clock_ms()
        with self._lock:
            known = self._chapters.get(project)
        if known is not None and now_ms - known.read_ms < FRESH_MS:
            return known
        made = self._read(connection, project, known, now_ms)
        with self._lock:
            self._chapters[project] = made
        return made

    def engine_for(self, connection: Connection, project: str) -> Engine:
        """Return the engine with the project's rules as it has set them."""
        return self.chapter(connection, project).engine

    def stops(self, connection: Connection, project: str) -> frozenset[str]:
        """Name the rules whose critical alerts may stop a run of this project."""
        return self.chapter(connection, project).stops

    def rules(self, connection: Connection, project: str) -> Sequence[KnownRule]:
        """List the project's rules in the order in which they are asked."""
        return self.chapter(connection, project).rules

    def forget(self, project: str) -> None:
        """Read a project's rules anew at the next evaluation: something was changed."""
        with self._lock:
            self._chapters.pop(project, None)

    def note_failures(self, rule: str, count: int, reason: str) -> None:
        """Note that a rule broke, so many times."""
        with self._lock:
            known = self._failures.get(rule, Failures())
            self._failures[rule] = Failures(known.count + count, reason)

    def failures(self, rule: str) -> Failures:
        """Say how often a rule broke."""
        with self._lock:
            return self._failures.get(rule, Failures())

    def _read(self, connection: Connection, project: str, known: Chapter | None, now_ms: int) -> Chapter:
        wanted = rule_settings.rule_settings(connection, project)
        owns = rule_settings.own_rules(connection, project)
        corrections = rule_settings.role_corrections(connection, project)
        source = (wanted, owns, corrections)
        if known is not None and known.source == source:
            return replace(known, read_ms=now_ms)
        rules, settings = self._make(wanted, owns)
        usable = [one.rule for one in rules if one.is_usable]
        return Chapter(
            rules=rules,
            settings=settings,
            engine=Engine(usable, settings),
            stops=frozenset(rule for rule, setting in wanted.items() if setting.stops),
            corrections=corrections,
            source=source,
            read_ms=now_ms,
        )

    def _make(
        self, wanted: Mapping[str, RuleSetting], owns: Sequence[OwnRule]
    ) -> tuple[list[KnownRule], dict[str, RuleSettings]]:
        rules, settings = [], {}
        for one in self._known(owns):
            chosen, problem = _read_setting(one, wanted.get(one.rule.id))
            rules.append(replace(one, problem=problem))
            if one.is_usable:
                settings[one.rule.id] = chosen
        return rules, settings

    def _known(self, owns: Sequence[OwnRule]) -> list[KnownRule]:
        known = [KnownRule(rule, "built-in") for rule in RULES]
        known += [
            KnownRule(plugin.rule, "plugin", None, plugin.problem, is_usable=plugin.problem is None)
            for plugin in self._plugins
        ]
        return [*known, *(KnownRule(rule, "own", own) for own in owns if (rule := _rule_of(own)) is not None)]


def _rule_of(own: OwnRule) -> Rule | None:
    try:
        return make_rule(own)
    except ValueError:  # written by a version that knew other comparisons
        return None


def _read_setting(known: KnownRule, setting: RuleSetting | None) -> tuple[RuleSettings, str | None]:
    """Read a setting; one that the rule refuses gives its defaults, and says why."""
    is_wanted = known.own is None or known.own.is_on
    if setting is None:
        return RuleSettings(is_on=is_wanted), known.problem
    is_on = is_wanted and setting.is_on
    try:
        known.rule.limits(setting.thresholds)
        severity = None if setting.severity is None else Severity(setting.severity)
    except ValueError as problem:
        return RuleSettings(is_on=is_on), f"its setting cannot be used, it runs on its defaults: {problem}"
    return RuleSettings(is_on, dict(setting.thresholds), severity), known.problem
