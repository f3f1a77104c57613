"""Modules that know neither page nor clock, evaluated in the browser that will run them."""

import itertools
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.conftest import signed_in
from tests.browser.looking import module_url
from tests.server_process import RunningServer


@pytest.fixture(scope="module")
def page(browser: Browser, server: RunningServer) -> Iterator[Page]:
    """One tab for all: these modules leave no trace on it."""
    context = browser.new_context()
    yield signed_in(context, server)
    context.close()


@pytest.fixture
def run_module(page: Page) -> Any:
    """Return a function that imports a module of static/js and calls one of its functions."""

    def call(module: str, function: str, *arguments: Any) -> Any:
        script = "async ([url, name, given]) => (await import(url))[name](...given)"
        return page.evaluate(script, [module_url(page, module), function, list(arguments)])

    return call


def test_values_are_short_exact_and_never_hide_what_is_not_finite(run_module: Any) -> None:
    written = {
        0: "0", 1: "1.0000", 0.93771: "0.9377", 5.42e-5: "5.42e-05", 0.00123: "0.00123", 23.456: "23.46",
        3256742.75: "3.26e06", 12345.6: "12 346", -0.5: "−0.5000",
        "NaN": "NaN", "Infinity": "+Inf", "-Infinity": "−Inf",
    }  # fmt: skip
    assert {value: run_module("format.js", "formatValue", value) for value in written} == written
    assert run_module("format.js", "formatValue", None) == "–"


def test_durations_and_ages_take_the_units_a_person_would(run_module: Any) -> None:
    written = {0.25: "250 ms", 6: "6.0 s", 42: "42 s", 75: "1 m 15 s", 3725: "1 h 02 m", 90_000: "1 d 1 h"}
    assert {value: run_module("format.js", "formatDuration", value) for value in written} == written
    ages = {500: "now", 12_000: "12 s", 150_000: "2 m", 7_300_000: "2 h", 200_000_000: "2 d", -5_000: "now"}
    assert {value: run_module("format.js", "formatAge", value) for value in ages} == ages


def test_a_change_carries_its_sign(run_module: Any) -> None:
    assert run_module("format.js", "formatChange", 0.939, 0.9377) == "−0.0013"
    assert run_module("format.js", "formatChange", 1.0, 1.5) == "+0.5000"
    assert run_module("format.js", "formatChange", 1.0, "NaN") == ""


def test_new_points_are_merged_in_order_and_the_last_one_wins(run_module: Any) -> None:
    line = {"x": [0, 1, 2], "y": [4, 3, None]}
    assert run_module("series.js", "merge", line, {"x": [3], "y": [1]}) == {"x": [0, 1, 2, 3], "y": [4, 3, None, 1]}
    assert run_module("series.js", "merge", line, {"x": [2, 1], "y": [9, 8]}) == {"x": [0, 1, 2], "y": [4, 8, 9]}
    assert run_module("series.js", "merge", line, {"x": [], "y": []}) == line


def test_points_lie_along_steps_or_seconds_and_what_is_not_finite_is_a_gap(run_module: Any) -> None:
    part = {"steps": [7, 8], "epochs": [0, 0], "times": [11_500, 12_000], "values": [1.5, "NaN"]}
    assert run_module("series.js", "lineOfSlice", part, "step", 10_000) == {"x": [7, 8], "y": [1.5, None]}
    assert run_module("series.js", "lineOfSlice", part, "time", 10_000) == {"x": [1.5, 2], "y": [1.5, None]}
    assert run_module("series.js", "hasNonfinite", part["values"]) is True
    assert run_module("series.js", "hasNonfinite", [1e299]) is False
    assert run_module("series.js", "hasNonfinite", [1e308]) is True


def test_a_config_is_flattened_and_numbers_written_as_text_are_found(run_module: Any) -> None:
    config = {"lr": "5e-5", "model": {"dim": 256, "act": "gelu"}, "betas": ["0.9", 0.999], "amp": "yes", "empty": {}}
    config |= {"nan": {"$float": "nan"}}
    rows = {row["key"]: row for row in run_module("parts/run/flatten.js", "flatten", config)}
    assert rows["lr"] == {"key": "lr", "text": '"5e-5"', "type": "text", "looksLike": "a number"}
    assert rows["model.dim"] == {"key": "model.dim", "text": "256", "type": "number"}
    assert rows["betas"]["looksLike"] == "a number"
    assert rows["amp"]["looksLike"] == "a truth value"
    assert "looksLike" not in rows["model.act"]
    assert rows["nan"]["text"] == "nan"
    assert rows["empty"]["text"] == "{}"


def test_what_was_never_measured_sorts_last_in_both_directions(run_module: Any) -> None:
    def run(name: str, best: float | str | None) -> dict[str, Any]:
        shared = {"project": "p", "state": "running", "created_ms": 1, "tags": [], "note": ""}
        return {"id": name, "name": name, "tracked": {"metric": "m", "best": best}, **shared}

    runs = [run("low", 0.1), run("none", None), run("high", 0.9), run("nan", "NaN")]
    for sort, first in (("best", ["low", "high"]), ("-best", ["high", "low"])):
        view = {"q": "", "state": "", "health": "", "project": "", "sort": sort}
        assert [one["name"] for one in run_module("parts/runs/order.js", "arrange", runs, view)][:2] == first


def test_a_view_at_its_defaults_leaves_the_address_clean(run_module: Any) -> None:
    defaults = {"x": "epoch", "q": ""}
    assert run_module("view.js", "writeView", {"x": "epoch", "q": ""}, defaults) == ""
    assert run_module("view.js", "writeView", {"x": "step", "q": "a/b"}, defaults) == "?x=step&q=a/b"
    assert run_module("view.js", "readView", "?x=time&other=1", defaults) == {"x": "time", "q": ""}


def test_names_at_the_ends_of_lines_never_cover_each_other(run_module: Any) -> None:
    for wanted in ([10, 12, 11], [0, 0, 0], [199, 200, 200], [50, 150], [3, 190, 4, 191]):
        placed = sorted(run_module("parts/charts/end-labels.js", "pushApart", wanted, 200))
        assert all(low + 13 <= high for low, high in itertools.pairwise(placed)), (wanted, placed)
        assert placed[-1] <= 200
    assert run_module("parts/charts/end-labels.js", "pushApart", [50, 150], 200) == [50, 150]


def test_a_chart_is_fetched_again_only_for_what_it_cannot_draw_itself(run_module: Any) -> None:
    def needs(field: str, metric: str | None, drawn: str, asked: str, *, epochs: dict[str, Any]) -> bool:
        trace = {"meta": {"field": field, "metric": metric} if metric else {"field": field}}
        figure = {"data": [trace], "layout": {"meta": {"x": drawn, "asked": asked}}}
        event = {"series": {"train/loss_a": {}}, "epochs": epochs}
        return bool(run_module("parts/charts/append.js", "needsServer", figure, event))

    assert not needs("derived", "train/loss_a", "epoch", "epoch", epochs={})
    assert needs("derived", "train/loss_a", "epoch", "epoch", epochs={"train/loss_a": []})
    assert needs("derived", None, "epoch", "epoch", epochs={"val/f1": []})
    assert not needs("derived", None, "epoch", "epoch", epochs={})
    assert needs("derived", "train/loss_a", "step", "step", epochs={})
    assert needs("step", "train/loss_a", "step", "epoch", epochs={"train/loss_a": []})
    assert not needs("step", "train/loss_a", "step", "epoch", epochs={})


def test_the_colours_of_a_scale_are_resolved_too(run_module: Any) -> None:
    resolved = run_module(
        "parts/charts/plotly.js", "resolveTokens", {"colorscale": [[0, "token:surface"], [1, "#000"]]}
    )
    assert not resolved["colorscale"][0][1].startswith("token:")
    assert run_module("parts/charts/plotly.js", "resolveTokens", [[1, 2, 3]]) == [[1, 2, 3]]


def test_a_new_best_too_close_to_be_told_apart_says_by_how_much(run_module: Any) -> None:
    def told(previous: float, value: float) -> str:
        event = {"type": "best", "data": {"metric": "val/acc", "value": value, "previous": previous}}
        text: str = run_module("parts/run/event-words.js", "describeEvent", event)["text"]
        return text

    assert told(0.9, 0.95) == "was 0.9000"
    assert told(0.999996, 0.999998) == "was 1.0000 (+2.00e-06)"


def test_what_is_copied_of_a_recommendation_is_its_code_its_list_or_its_only_number(run_module: Any) -> None:
    copied = {
        "restore the checkpoint of epoch 10": "10",
        "clip gradients at 1.5e-3, their median": "1.5e-3",
        "weights that make the terms equal now: signal 0.3, peak 1,200": "signal 0.3, peak 1,200",
        "set `lr = float(config.lr)` first": "lr = float(config.lr)",
        "lower the rate from 1 to 0.1": "lower the rate from 1 to 0.1",
        "give class 2 more weight than 3,256,742.75": "give class 2 more weight than 3,256,742.75",
        "add weight decay or dropout": None,
    }
    assert {text: run_module("parts/health/words.js", "copyable", text) for text in copied} == copied


def test_chips_stand_firing_first_the_worst_of_them_before_the_others(run_module: Any) -> None:
    def chip(rule: str, state: str, severity: str | None = None) -> dict[str, Any]:
        return {"rule": rule, "title": rule, "state": state, "severity": severity, "reason": "", "alert_id": None}

    chips = [
        chip("a", "ok"),
        chip("b", "resolved", "info"),
        chip("c", "firing", "warning"),
        chip("d", "pending", "info"),
    ]
    chips += [chip("e", "firing", "critical"), chip("f", "not_checked"), chip("g", "firing", "warning")]
    ordered = run_module("parts/health/words.js", "orderChips", chips)
    assert [one["rule"] for one in ordered] == ["e", "c", "g", "d", "b", "f", "a"]
    assert run_module("parts/health/words.js", "countWords", chips[:2]) == "1 ok · 1 resolved"


def test_an_alert_says_since_when(run_module: Any) -> None:
    def since(**told: int | str | None) -> str:
        alert = {"since": None, "first_epoch": 5, "fired_epoch": 5, "resolved_epoch": None, "unit": "epoch", **told}
        words: str = run_module("parts/health/words.js", "sinceWords", alert)
        return words

    assert since() == "since epoch 5"
    assert since(since=3) == "since epoch 3, fired at 5"
    assert since(since=9, first_epoch=4) == "since epoch 4, fired at 5"
    assert since(resolved_epoch=8) == "since epoch 5, resolved at 8"
    assert since(unit="step", since=3) == "since step 3, fired at 5"
    assert since(first_epoch=-1, fired_epoch=-1) == "fired before the first epoch"


def test_samples_of_several_runs_stand_by_the_worst_in_the_unit_of_most(run_module: Any) -> None:
    def sample(name: str, error: float, unit: str = "px", done: int = 0) -> dict[str, Any]:
        return {"id": name, "error": error, "error_px": None, "error_unit": unit, "gt_done": done}

    wave = sample("wave", 80, "RMSE")
    one = [sample("near", 2), wave, sample("far", 9)]
    two = [sample("far", 1), sample("only", 500), wave, sample("near", 3), sample("done", 900, done=1)]
    told = run_module("parts/compare/samples-head.js", "worstFirst", [one, two])
    assert told == {"ids": ["far", "near", "wave", "only", "done"], "unit": "px"}
    assert run_module("parts/compare/samples-head.js", "worstFirst", [[], []]) == {"ids": [], "unit": ""}


def test_alerts_that_only_inform_stand_below_those_that_warn(run_module: Any) -> None:
    told = [("late", "info"), ("sick", "info"), ("early", "info"), ("sick", "critical"), ("warned", "warning")]
    alerts = [
        {"id": place, "run": run, "rule": "any", "severity": severity} for place, (run, severity) in enumerate(told)
    ]
    groups = run_module("parts/alerts/view.js", "group", alerts, "run")
    assert [group["key"] for group in groups] == ["sick", "warned", "late", "early"]
    ungrouped = run_module("parts/alerts/view.js", "group", alerts, "none")
    assert [alert["id"] for alert in ungrouped[0]["alerts"]] == [0, 1, 2, 3, 4]
