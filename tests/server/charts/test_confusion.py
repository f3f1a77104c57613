"""Which class is taken for which."""

import pytest
from tests.server.charts.curves import by_epoch, draw

SCORES = {"val/f1_macro": by_epoch([0.1])}


def test_rows_are_the_truth_and_sum_to_100_percent() -> None:
    (trace,) = (figure := draw("confusion:val", SCORES, classes={"confusion": [[3, 1], [0, 0]]})).data
    assert trace["z"] == [[75.0, 25.0], [None, None]]
    assert trace["text"] == [["3", "1"], ["0", "0"]]
    assert trace["texttemplate"] == "%{text}"
    assert figure.layout["yaxis"]["autorange"] == "reversed"
    assert figure.layout["xaxis"]["title"]["text"] == "predicted, epoch 3"


def test_with_many_classes_only_hovering_tells_the_counts() -> None:
    (trace,) = draw("confusion:val", SCORES, classes={"confusion": [[1] * 13] * 13}).data
    assert "texttemplate" not in trace
    assert trace["customdata"][12][0] == "12 taken for 0"


def test_names_of_classes_stay_text() -> None:
    event = {"confusion": [[1, 0], [0, 1]], "labels": ["<img src=x onerror=alert(1)>", "ok"]}
    (trace,) = (figure := draw("confusion:val", SCORES, classes=event)).data
    assert "<" not in trace["customdata"][0][0]
    assert "<" not in figure.layout["xaxis"]["ticktext"][0]


@pytest.mark.parametrize("wrong", [[[1, 2]], [[1], [2, 3]], []])
def test_what_is_no_square_is_no_confusion(wrong: list[list[int]]) -> None:
    assert draw("confusion:val", SCORES, classes={"confusion": wrong, "truth": [1]}).data == []
