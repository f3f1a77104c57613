"""Class counts of truth and prediction."""

from tests.server.charts.curves import by_epoch, draw

# Seed post-mortem: 79.7 % of the samples in one class, 0.8 % in another.
EVENT = {
    "split": "val",
    "labels": ["normal", "<b>mild</b>", "severe"],
    "truth": [41391, 417, 5513],
    "predicted": [47321, 0, 0],
}
SCORES = {"val/f1_macro": by_epoch([0.1])}


def test_truth_and_prediction_stand_side_by_side() -> None:
    truth, predicted = (figure := draw("classes:val", SCORES, classes=EVENT)).data
    assert (truth["name"], truth["y"]) == ("truth", [41391, 417, 5513])
    assert (predicted["name"], predicted["y"]) == ("predicted", [47321, 0, 0])
    assert figure.layout["xaxis"]["ticktext"] == ["normal", "&lt;b&gt;mild&lt;/b&gt;", "severe"]
    assert figure.layout["xaxis"]["title"]["text"] == "class, epoch 3"


def test_the_page_knows_by_the_arrival_of_scores_that_there_are_new_counts() -> None:
    assert draw("classes:val", SCORES, classes=EVENT).data[0]["meta"]["metric"] == "val/f1_macro"


def test_classes_without_names_have_numbers() -> None:
    figure = draw("classes:val", SCORES, classes={"truth": [1, 2], "predicted": [2, 1], "labels": None})
    assert figure.layout["xaxis"]["ticktext"] == ["0", "1"]


def test_of_a_thousand_classes_the_most_frequent_are_drawn() -> None:
    figure = draw("classes:val", SCORES, classes={"truth": list(range(1000)), "predicted": [0] * 1000})
    assert len(figure.data[0]["x"]) == 60
    assert figure.layout["xaxis"]["title"]["text"] == "class, epoch 3, the 60 most frequent of 1,000"


def test_before_the_first_counts_the_chart_says_so() -> None:
    figure = draw("classes:val", SCORES, classes={})
    assert figure.layout["annotations"][0]["text"] == "no class counts yet"
