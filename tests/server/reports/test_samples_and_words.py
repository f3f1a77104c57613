"""Samples, cells and bars as pictures; events and numbers in words."""

import math

import pytest
from tests.server.reports.told_runs import PICTURE, a_run, a_sample, event

from epochwatch_server.charts.figure import Figure
from epochwatch_server.domain.run import RunEnd
from epochwatch_server.domain.sample_errors import error_of
from epochwatch_server.reports.event_words import event_lines
from epochwatch_server.reports.github import block, code, prose, table
from epochwatch_server.reports.numbers import duration_word, evidence_word, large_word, score_word, value_word
from epochwatch_server.reports.settings import environment_rows, setting_rows
from epochwatch_server.reports.still_sample import draw_still
from epochwatch_server.reports.svg.picture import draw_picture


def test_truth_prediction_and_error_stand_where_they_are() -> None:
    still = draw_still(a_sample(), {PICTURE.sha256: PICTURE})
    svg = str(still.svg)
    assert 'cx="10" cy="10" r="1.7" class="still-line" data-kind="gt"' in svg
    assert 'cx="20" cy="12" r="1.7" class="still-line" data-kind="pred"' in svg
    assert 'x1="10" y1="10" x2="20" y2="12" class="still-line" data-kind="error"' in svg
    assert ">err=12px<" in svg
    assert 'aria-label="Sample frame-1, ground truth at 10,10, prediction at 20,12"' in svg


def test_without_an_object_there_is_no_truth_to_draw() -> None:
    done = a_sample(gt_done=1.0, pred_done=0.12)
    still = draw_still(done, {})
    assert 'data-kind="gt"' not in str(still.svg)
    assert still.flags == (("pred", "pred_done=0.12 missed", True), ("gt", "gt_done=1", False))
    assert error_of(done) is None
    assert error_of(a_sample(gt_done=1.0, error_px=None, error_unit="mm")) == 12.4


def test_an_error_in_a_unit_of_the_script_is_told_beside_the_distance_of_the_points() -> None:
    assert draw_still(a_sample(), {}).caption == ""
    assert draw_still(a_sample(error_unit="mm"), {}).caption == "error 12.40 mm"


def test_boxes_lines_signals_and_scores_are_drawn() -> None:
    layers = [
        {"kind": "box", "of": "gt", "boxes": [[1, 2, 30, 40]], "labels": ["cat"], "scores": [None]},
        {"kind": "line", "of": "pred", "lines": [[[0, 0], [math.nan, 4], [5, 5]]]},
        {"kind": "scores", "of": "pred", "classes": [0, 1], "values": [0.2, 0.8], "names": ["cat", "dog"], "truth": 0},
    ]
    still = draw_still(a_sample(gt=None, pred=None, layers=layers), {PICTURE.sha256: PICTURE})
    assert '<rect x="1" y="2" width="29" height="38" class="still-line" data-kind="gt"/>' in str(still.svg)
    assert ">cat<" in str(still.svg)
    assert 'points="0,0 5,5" class="still-line" data-kind="pred"' in str(still.svg)
    assert [(score.name, score.value, score.is_true) for score in still.scores] == [
        ("dog", "0.8000", False),
        ("cat", "0.2000", True),
    ]
    waves = [
        {"kind": "signal", "of": "input", "n": 4, "values": [0.0, 1.0, math.nan, 0.0]},
        {"kind": "peaks", "of": "gt", "at": [1]},
    ]
    signal = draw_still(a_sample(image=None, width=None, gt=None, pred=None, layers=waves), {})
    assert str(signal.svg).count("<polyline") == 1
    assert 'class="still-peak" data-kind="gt"' in str(signal.svg)


def test_bars_stand_beside_one_another_and_cells_say_their_counts() -> None:
    bars = [{"type": "bar", "name": name, "x": [0, 2], "y": [3, 4], "marker": {"color": "token:run"}} for name in "ab"]
    ticks = {"tickvals": [0, 2], "ticktext": ["cat", "a&lt;b"]}
    svg = str(draw_picture(Figure(bars, {"xaxis": ticks, "yaxis": {}}), "bars").svg)
    assert svg.count('fill="var(--run)"') == 4
    assert "0: a 3" in svg
    assert ">a&lt;b<" in svg
    cells = {
        "type": "heatmap", "x": [0, 1], "y": [0, 1], "z": [[100.0, 0.0], [50.0, 50.0]], "zmax": 100,
        "text": [["4", "0"], ["2", "2"]], "customdata": [["cat taken for cat", "-"], ["-", "-"]], "texttemplate": "x",
    }  # fmt: skip
    svg = str(draw_picture(Figure([cells], {"xaxis": {}, "yaxis": {}}), "confusion").svg)
    assert "cat taken for cat: 4 (100 %)" in svg
    assert svg.count('fill="var(--run)"') == 4


@pytest.mark.parametrize(
    ("type", "data", "title", "text"),
    [
        ("start", {"resumed": True}, "Resumed", ""),
        ("best", {"metric": "val/acc", "value": 0.5, "previous": 0.25}, "New best 0.5000", "val/acc, was 0.2500"),
        ("lr", {"value": 1e-4, "previous": 1e-3, "group": "1"}, "Learning rate 1.00e-04", "was 0.00100, group 1"),
        ("health", {"title": "Plateau", "kind": "resolved", "what": "x", "subject": "s"}, "Plateau resolved", "s"),
        ("state", {"to": "lost", "from": "running"}, "Lost", "was running"),
        ("command", {"actor": "viewer", "reason": "enough"}, "Stop asked", "by viewer: enough"),
        ("gradients", {"verdicts": {"a": "small"}, "modules": {"a": 0.5}}, "Gradient check", "a 0.5000 (too small)"),
        ("dropped", {"n": 1200, "reason": "full"}, "1 200 points dropped", "full"),
        ("end", {"reason": "stopped", "actor": "viewer"}, "Stopped", "by viewer"),
        ("odd", {}, "odd", ""),
    ],
)
def test_events_are_told_as_the_feed_tells_them(type: str, data: dict[str, object], title: str, text: str) -> None:
    (line,) = event_lines([event(type, data)])
    assert (line.title, line.text) == (title, text)


def test_numbers_say_how_they_are_meant() -> None:
    assert [value_word(value) for value in (None, math.nan, -math.inf, 0.0, -0.5)] == [
        "–",
        "NaN",
        "−Inf",
        "0",
        "−0.5000",
    ]
    assert [score_word(value, "val/acc") for value in (0.9377, 93.77, 0.0, None)] == ["93.77 %", "93.77", "0.00 %", "–"]
    assert score_word(0.5, "val/loss") == "0.5000"
    assert [evidence_word("best epoch", 3.0), evidence_word("ratio", 3.0), evidence_word("n", math.nan)] == [
        "3", "3.0000", "NaN",
    ]  # fmt: skip
    assert [duration_word(value) for value in (0.25, 4, 61, 3700, 90_000, None)] == [
        "250 ms", "4.0 s", "1 m 01 s", "1 h 02 m", "1 d 1 h", "–",
    ]  # fmt: skip
    assert large_word(46_370_000) == "46.4 M"


def test_settings_are_flat_and_text_that_looks_like_a_number_is_said_to_be_text() -> None:
    rows = setting_rows({"a": {"b": 1, "c": "1e-5"}, "d": [1, "x"], "e": {"$float": "nan"}, "f": [], "g": "yes"})
    assert [(row.key, row.value, row.remark) for row in rows] == [
        ("a.b", "1", ""),
        ("a.c", '"1e-5"', "text, not a number"),
        ("d", '[1, "x"]', ""),
        ("e", "nan", ""),
        ("f", "[]", ""),
        ("g", '"yes"', "text, not a truth value"),
    ]


def test_an_environment_begins_with_what_a_post_mortem_asks() -> None:
    run = a_run(end=RunEnd("finished"), parameters=2_000_000, origin={"format": "csv", "source": "a.csv"})
    rows = dict(environment_rows(run))
    assert list(rows)[:5] == ["Run", "Project", "Imported", "Command", "Commit"]
    assert rows["Commit"] == "0f3a9c1e22aa, with uncommitted changes"
    assert rows["Parameters"] == "2.00 M (2 000 000)"


def test_text_for_github_keeps_its_signs_and_loses_their_meaning() -> None:
    assert prose("a_b *c* <i> | x") == r"a\_b \*c\* \<i\> \| x"
    assert code("a`b``c") == "```a`b``c```"
    assert code("`x`") == "`` `x` ``"
    assert block("```\nx") == "````text\n```\nx\n````"
    assert table(["a"], [[code("x|y")]]) == "| a |\n| --- |\n| `x\\|y` |"
    assert "0.9083" in prose("0.9083")
    assert prose("0f3a9c1e22aa") != "0f3a9c1e22aa"
