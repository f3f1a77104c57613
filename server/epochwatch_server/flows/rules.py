"""What a project wants of its rules: switches, thresholds, severities, rules of its own, and roles put right."""

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from epochwatch_server.domain.alert import OwnRule, RuleSetting
from epochwatch_server.domain.errors import InvalidInput, NotFound
from epochwatch_server.flows.health_changes import HealthChanges
from epochwatch_server.flows.metric_roles import check_correction
from epochwatch_server.flows.packet_header import quote
from epochwatch_server.flows.rule_book import Chapter, Failures, KnownRule, RuleBook
from epochwatch_server.flows.rule_choices import MAX_OWN_RULES, Choice, check_own_rule, choose
from epochwatch_server.flows.rule_trial import DEFAULT_RUNS, RuleSet, Trial, Trials
from epochwatch_server.health.engine import RuleSettings
from epochwatch_server.health.own_rule import make_rule
from epochwatch_server.health.rule import Severity
from epochwatch_server.store import rule_settings
from epochwatch_server.store.database import Connection, Database
from epochwatch_server.store.writer import Writer

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class RuleView:
    """A rule as a project has set it, and how it fared."""

    known: KnownRule
    settings: RuleSettings
    stops: bool
    failures: Failures


class Rules:
    """Acts for a viewer. Every change blocks until it is durable; all may be called from any thread."""

    def __init__(
        self, database: Database, writer: Writer, book: RuleBook, changes: HealthChanges, clock_ms: Callable[[], int]
    ) -> None:
        self._database = database
        self._writer = writer
        self._book = book
        self._changes = changes
        self._clock_ms = clock_ms
        self._trials = Trials(database)

    def views(self, project: str) -> list[RuleView]:
        """List a project's rules in the order in which they are asked; of no project, as they are made."""
        chapter = self._chapter(project)
        return [self._view(known, chapter) for known in chapter.rules]

    def set_rule(self, project: str, rule: str, choice: Choice) -> RuleView:
        """Set a rule for a project; what the choice leaves open stays.

        Raises:
            NotFound: There is no such rule.
            InvalidInput: A threshold is unknown or out of bounds, or there is no such severity.
        """
        known = _find(self._chapter(project), rule)
        now_ms = self._clock_ms()

        def store(connection: Connection) -> None:
            before = rule_settings.rule_settings(connection, project).get(rule, RuleSetting(project, rule))
            setting = choose(known.rule, before, choice)
            if known.own is not None and choice.is_on is not None:  # such a rule has a switch of its own
                setting = replace(setting, is_on=True)
                rule_settings.put_own_rule(connection, replace(known.own, is_on=choice.is_on), now_ms)
            _put(connection, setting, now_ms)

        self._change(project, rule, store)
        return self._view_of(project, rule)

    def reset_rule(self, project: str, rule: str) -> RuleView:
        """Let a rule be as it is made.

        Raises:
            NotFound: There is no such rule.
        """
        _find(self._chapter(project), rule)
        self._change(project, rule, lambda connection: rule_settings.delete_rule_setting(connection, project, rule))
        return self._view_of(project, rule)

    def put_own_rule(self, own: OwnRule) -> RuleView:
        """Keep a rule that a user made, in place of the one of its id.

        Raises:
            InvalidInput: Something of it cannot be, or the project has too many.
        """
        own = check_own_rule(own)
        now_ms = self._clock_ms()

        def store(connection: Connection) -> None:
            ids = {each.id for each in rule_settings.own_rules(connection, own.project)}
            if own.id not in ids and len(ids) >= MAX_OWN_RULES:
                raise InvalidInput(f"Project {quote(own.project)} has {len(ids)} rules of its own already; delete one.")
            rule_settings.put_own_rule(connection, own, now_ms)

        self._change(own.project, own.id, store)
        return self._view_of(own.project, own.id)

    def delete_own_rule(self, project: str, rule: str) -> None:
        """Forget a rule that a user made, and how it was set; what it said stays.

        Raises:
            NotFound: There is no such rule.
        """

        def store(connection: Connection) -> None:
            if not rule_settings.delete_own_rule(connection, project, rule):
                raise _no_rule(rule)
            rule_settings.delete_rule_setting(connection, project, rule)

        self._change(project, rule, store)

    def correct_role(self, project: str, metric: str, role: str | None) -> None:
        """Say what a metric is, whatever its name says; None leaves it to the name again.

        Raises:
            InvalidInput: There is no such role, or no metric can be called so.
        """
        check_correction(metric, role)
        self._change(
            project, metric, lambda connection: rule_settings.put_role_correction(connection, project, metric, role)
        )

    def try_on_past(self, project: str, rule: str, choice: Choice, limit: int = DEFAULT_RUNS) -> Trial:
        """Say what a rule says of a project's past runs, and what it would say with other settings; saves nothing.

        Raises:
            NotFound: There is no such rule.
            InvalidInput: A threshold is unknown or out of bounds, or there is no such severity.
            Conflict: Another trial goes on.
        """
        chapter = self._chapter(project)
        known, settings = _find(chapter, rule), chapter.settings.get(rule)
        if settings is None:
            raise InvalidInput(f"Rule {rule} cannot be asked: {known.problem}.")
        before = RuleSetting(project, rule, settings.is_on, settings.thresholds, _word(settings.severity))
        wanted = choose(known.rule, before, choice)
        severity = None if wanted.severity is None else Severity(wanted.severity)
        changed = {**chapter.settings, rule: RuleSettings(wanted.is_on, wanted.thresholds, severity)}
        rules = chapter.engine.rules
        return self._trials.run(project, rule, RuleSet(rules, chapter.settings), RuleSet(rules, changed), limit)

    def try_own_rule(self, own: OwnRule, limit: int = DEFAULT_RUNS) -> Trial:
        """Say what a rule that a user is making would say of a project's past runs; saves nothing.

        Raises:
            InvalidInput: Something of it cannot be.
            Conflict: Another trial goes on.
        """
        own = check_own_rule(own)
        chapter = self._chapter(own.project)
        rules = [*(rule for rule in chapter.engine.rules if rule.id != own.id), make_rule(own)]
        changed = {**chapter.settings, own.id: RuleSettings(is_on=own.is_on)}
        now = RuleSet(chapter.engine.rules, chapter.settings)
        return self._trials.run(own.project, own.id, now, RuleSet(rules, changed), limit)

    def _change(self, project: str, about: str, job: Callable[[Connection], Any]) -> None:
        self._writer.submit(job).result()
        self._book.forget(project)  # so that the next evaluation reads what is stored now
        self._changes.tell_project(project)
        logger.info("rules changed project=%r about=%r", project, about)

    def _chapter(self, project: str) -> Chapter:
        with self._database.read() as connection:
            return self._book.chapter(connection, project)

    def _view_of(self, project: str, rule: str) -> RuleView:
        chapter = self._chapter(project)
        return self._view(_find(chapter, rule), chapter)

    def _view(self, known: KnownRule, chapter: Chapter) -> RuleView:
        rule = known.rule.id
        settings = chapter.settings.get(rule, RuleSettings(is_on=False))
        return RuleView(known, settings, rule in chapter.stops, self._book.failures(rule))


def _find(chapter: Chapter, rule: str) -> KnownRule:
    for known in chapter.rules:
        if known.rule.id == rule:
            return known
    raise _no_rule(rule)


def _no_rule(rule: str) -> NotFound:
    return NotFound(f"This project has no rule {quote(rule)}.")


def _put(connection: Connection, setting: RuleSetting, now_ms: int) -> None:
    """Keep a setting; one that changes nothing is not kept."""
    if setting == RuleSetting(setting.project, setting.rule):
        rule_settings.delete_rule_setting(connection, setting.project, setting.rule)
    else:
        rule_settings.put_rule_setting(connection, setting, now_ms)


def _word(severity: Severity | None) -> str | None:
    return None if severity is None else severity.value
