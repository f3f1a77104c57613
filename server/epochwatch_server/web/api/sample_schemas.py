"""What the API says of samples that are followed through the epochs."""

from typing import Any

from epochwatch_server.flows.sample_views import FollowedTracks
from epochwatch_server.live.messages import Message


class TrackJson(Message):
    """One sample: its error in `unit` at each epoch of the list, null where there is none. trend: below 0 is better."""

    id: str
    unit: str
    errors: list[float | None]
    first: float | None
    last: float | None
    best: float | None
    trend: float | None


class DoneJson(Message):
    """The predicted flag at each epoch over the samples whose true flag is `label`: tenths and median."""

    label: int
    low: list[float | None]
    median: list[float | None]
    high: list[float | None]
    n: list[int]


class TracksJson(Message):
    """The samples of a split through its epochs. units: of their errors, the one of most samples first.

    median, p90: at each epoch, over the samples that are measured in `unit`, which is that first one.
    """

    epochs: list[int]
    unit: str
    units: list[str]
    samples: list[TrackJson]
    median: list[float | None]
    p90: list[float | None]
    done: list[DoneJson]


class ScatterJson(Message):
    """Pairs of one epoch, and which epochs have any. n: how many elements they were taken from."""

    epochs: list[int]
    split: str
    epoch: int | None
    target: list[float]
    prediction: list[float]
    n: int


def tracks_json(followed: FollowedTracks) -> dict[str, Any]:
    """Turn followed samples into JSON: plain values, for there may be ten thousands of them."""
    tracks = followed.tracks
    return {
        "epochs": tracks.epochs,
        "unit": tracks.unit,
        "units": list(tracks.units),
        "samples": [
            {
                "id": track.id,
                "unit": track.unit,
                "errors": track.errors,
                "first": trend.first,
                "last": trend.last,
                "best": trend.best,
                "trend": trend.trend,
            }
            for track, trend in zip(tracks.samples, followed.trends, strict=True)
        ],
        "median": followed.errors.median,
        "p90": followed.errors.high,
        "done": [
            {"label": label, "low": spread.low, "median": spread.median, "high": spread.high, "n": spread.n}
            for label, spread in followed.done.items()
            if any(spread.n)
        ],
    }
