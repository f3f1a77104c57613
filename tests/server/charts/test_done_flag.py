"""What is said of the done flag, by whether it is really done."""

from tests.server.charts.curves import draw

from epochwatch_server.domain.sample import SampleTrack, SampleTracks


def flagged(*samples: tuple[float | None, list[float | None]]) -> SampleTracks:
    """Each sample: whether it is done, and what was predicted at each epoch."""
    epochs = len(samples[0][1])
    tracks = [SampleTrack(str(k), [None] * epochs, [true] * epochs, said) for k, (true, said) in enumerate(samples)]
    return SampleTracks(list(range(epochs)), [], tracks)


def test_either_label_has_its_own_median() -> None:
    figure = draw("done_flag:val", {}, tracks=flagged((0.0, [0.5, 0.1]), (0.0, [0.3, 0.3]), (1.0, [0.6, 0.9])))
    medians = {trace["name"]: trace["y"] for trace in figure.data if trace["name"].endswith("median")}
    assert medians == {"gt_done=0 median": [0.4, 0.2], "gt_done=1 median": [0.6, 0.9]}
    assert figure.layout["xaxis"]["title"]["text"] == "epoch, 2 with gt_done=0 and 1 with gt_done=1"
    assert figure.layout["yaxis"]["range"] == [-0.02, 1.02]


def test_the_bands_differ_without_colour_too() -> None:
    figure = draw("done_flag:val", {}, tracks=flagged((0.0, [0.5]), (1.0, [0.6])))
    assert {t["line"].get("dash") for t in figure.data if t["name"].endswith("median")} == {"solid", "dash"}


def test_a_label_that_no_sample_has_is_not_drawn() -> None:
    figure = draw("done_flag:val", {}, tracks=flagged((0.0, [0.5]), (None, [0.9])))
    assert {trace["name"].split()[0] for trace in figure.data} == {"gt_done=0"}


def test_without_flags_the_chart_says_so() -> None:
    assert draw("done_flag:val", {}, tracks=flagged((1.0, [None]))).data == []
