"""The rule of the documentation is a rule that works."""

import re
from types import ModuleType

from tests.server.health.curves import Metrics, falling, record
from tests.server_process import ROOT

from epochwatch_server.health.engine import Engine
from epochwatch_server.health.replay import replay
from epochwatch_server.health.rule import HEADINGS, Rule


def documented() -> Rule:
    """Run the code of docs/rules.md as a module of its own."""
    (code,) = re.findall(r"```python\n(.*?)```", (ROOT / "docs" / "rules.md").read_text(), re.DOTALL)
    module = ModuleType("documented_rule")
    exec(compile(code, "docs/rules.md", "exec"), module.__dict__)
    rule = module.RULE
    assert isinstance(rule, Rule)
    return rule


def test_the_documented_rule_fires_holds_and_stays_silent_as_its_page_says() -> None:
    rule = documented()
    assert tuple(rule.sections()) == HEADINGS
    engine = Engine([rule])
    fast: Metrics = {"train/loss": falling(2.0), "lr": 0.5}
    (alert,) = replay(record(6, fast), engine).state.firing()
    assert (alert.fired_epoch, alert.finding.recommendations) == (1, ("lr=0.05",))
    slow: Metrics = {"train/loss": falling(2.0), "lr": 0.01}
    assert not replay(record(6, slow), engine).state.firing()
    assert replay(record(6, {"train/loss": falling(2.0)}), engine).state.verdicts[rule.id].state == "not_checked"
