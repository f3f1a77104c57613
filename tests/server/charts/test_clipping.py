"""The share of steps whose gradient was clipped."""

from tests.server.charts.curves import by_epoch, draw, line_of


def test_the_share_is_seen_from_none_to_all() -> None:
    figure = draw("clipping", {"clip_fraction": by_epoch([0.0, 0.5, 1.0])})
    assert line_of(figure, "clip_fraction")["y"] == [0.0, 0.5, 1.0]
    assert figure.layout["yaxis"]["autorangeoptions"]["include"] == [0.0, 1.0]
    assert figure.layout["yaxis"]["tickformat"] == ".0%"
