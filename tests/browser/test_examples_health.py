"""Every way in which an example goes wrong raises the alert that names it, on its open page; the healthy are quiet."""

import ast
import time
from collections.abc import Iterator
from concurrent.futures import Future
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import DESK, signed_in
from tests.browser.example_trainings import EXAMPLES, Example, Trainings
from tests.server_process import RunningServer

# The rules that name what is wrong with each; where several say the same in other words, any of them.
NAMED_BY: dict[tuple[str, str], frozenset[str]] = {
    ("frame_regression", "killed_early"): frozenset({"killed_early"}),
    ("frame_regression", "variance_collapse"): frozenset({"variance_collapse"}),
    ("frame_regression", "lr_too_high"): frozenset({"lr_too_high"}),
    ("signal_multitask", "config_strings"): frozenset({"config_string_number"}),
    ("signal_multitask", "loss_scale"): frozenset({"loss_scale_imbalance"}),
    ("signal_multitask", "f1_zero"): frozenset({"metric_stuck_zero"}),
    ("signal_multitask", "lr_too_high"): frozenset({"lr_too_high"}),
    ("signal_multitask", "diverge"): frozenset({"loss_explosion", "lr_too_high", "nonfinite"}),
    ("point_localiser", "overfit"): frozenset({"overfitting", "train_val_gap"}),
    ("point_localiser", "done_one_sided"): frozenset({"one_sided_head"}),
    ("point_localiser", "exploding"): frozenset({"grad_explosion", "loss_explosion"}),
    ("multihead_classifier", "never_started"): frozenset({"run_never_started"}),
    ("multihead_classifier", "stopped_early_by_scheduler"): frozenset({"killed_early"}),
    ("multihead_classifier", "no_test"): frozenset({"test_eval_missing"}),
    ("multihead_classifier", "tracks_mae"): frozenset({"tracked_metric_saturated"}),
}
ABOUT_THE_MACHINE = frozenset({"throughput_drop"})  # true, where other tests run beside the training
SCRIPTS = sorted({script for script, _ in NAMED_BY})
TRAINING_SECONDS = 240.0
NOTICED_SECONDS = 90.0  # a process that was killed says nothing: its silence is noticed after a minute


def sick_ways(script: str) -> set[str]:
    tree = ast.parse((EXAMPLES / f"{script}.py").read_text())
    named = {target.id: node.value for node in tree.body if isinstance(node, ast.Assign) for target in node.targets
             if isinstance(target, ast.Name)}  # fmt: skip
    return set(ast.literal_eval(named["SICK"]))


@pytest.fixture(scope="module")
def started(
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[tuple[RunningServer, dict[Example, Future[int | None]]]]:
    """A server into which every example trains, healthy and sick; the silent death first, for it is noticed late."""
    with RunningServer(tmp_path_factory.mktemp("examples")) as server:
        quiet = {"EPOCHWATCH_CONSOLE": "off", "OMP_NUM_THREADS": "1"}
        trainings = Trainings({"EPOCHWATCH_DATA": str(server.data), "EPOCHWATCH_SERVER": server.url, **quiet})
        examples = [*(Example(*key) for key in NAMED_BY), *(Example(script) for script in SCRIPTS)]
        yield server, {example: trainings.start(example) for example in examples}
        trainings.close()


@pytest.fixture(scope="module")
def tab(browser: Browser, started: tuple[RunningServer, object]) -> Iterator[Page]:
    context = browser.new_context(viewport=DESK, reduced_motion="reduce")  # type: ignore[arg-type]
    context.set_default_timeout(60_000)
    yield signed_in(context, started[0])
    context.close()


def run_of(server: RunningServer, example: Example) -> dict[str, Any]:
    """Wait until an example has said hello."""
    deadline = time.monotonic() + TRAINING_SECONDS
    with server.client() as client:
        while time.monotonic() < deadline:
            for run in client.get("/api/runs")["runs"]:
                if run["name"] == example.name:
                    found: dict[str, Any] = run
                    return found
            time.sleep(0.1)
    raise AssertionError(f"{example.name} never began")


def alerts_of(server: RunningServer, run: str) -> list[dict[str, Any]]:
    with server.client() as client:
        found: list[dict[str, Any]] = client.get(f"/api/alerts?run={run}")["alerts"]
    return found


def wait_for_alert(server: RunningServer, run: str, rules: frozenset[str]) -> dict[str, Any]:
    """Wait until one of these rules has fired."""
    deadline = time.monotonic() + TRAINING_SECONDS + NOTICED_SECONDS
    while time.monotonic() < deadline:
        for alert in alerts_of(server, run):
            if alert["rule"] in rules:
                return alert
        time.sleep(0.2)
    raise AssertionError(f"none of {sorted(rules)} fired; there are {[a['rule'] for a in alerts_of(server, run)]}")


@pytest.mark.parametrize("script", SCRIPTS)
def test_every_way_of_an_example_has_a_rule_that_names_it(script: str) -> None:
    assert sick_ways(script) == {sick for of, sick in NAMED_BY if of == script}


@pytest.mark.parametrize(("script", "sick"), NAMED_BY)
def test_a_sick_example_is_named_on_its_open_page(
    started: tuple[RunningServer, dict[Example, Future[int | None]]], tab: Page, script: str, sick: str
) -> None:
    server, _ = started
    run = run_of(server, Example(script, sick))["id"]
    tab.goto(f"{server.url}/runs/{run}")
    expect(tab.locator('[data-part="live"]')).to_have_attribute("data-live", "yes", timeout=60_000)
    tab.evaluate("window.__stayed = true")
    alert = wait_for_alert(server, run, NAMED_BY[script, sick])
    seen = tab.locator(f'.alert[data-alert="{alert["id"]}"]')
    if alert["phase"] == "firing":
        expect(seen).to_contain_text(alert["title"], timeout=30_000)
    assert tab.evaluate("window.__stayed") is True
    assert alert["severity"] in ("warning", "critical")
    assert alert["what"]
    assert alert["recommendations"]


@pytest.mark.parametrize("script", SCRIPTS)
def test_a_healthy_example_is_quiet_to_the_end(
    started: tuple[RunningServer, dict[Example, Future[int | None]]], tab: Page, script: str
) -> None:
    server, futures = started
    assert futures[Example(script)].result(TRAINING_SECONDS) == 0
    run = run_of(server, Example(script))
    tab.goto(f"{server.url}/runs/{run['id']}")
    expect(tab.locator(".health-sum")).to_be_visible()
    loud = {a["rule"]: a["what"] for a in alerts_of(server, run["id"]) if a["severity"] != "info"}
    assert {rule: what for rule, what in loud.items() if rule not in ABOUT_THE_MACHINE} == {}
