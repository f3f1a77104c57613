"""The charts and the samples of a report, drawn as far as they fit; what does not is named."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from epochwatch_server.reports.numbers import plural
from epochwatch_server.reports.run import CHART_SIZE, Drawn
from epochwatch_server.reports.run_report import GivenChart, SampleSheet
from epochwatch_server.reports.still_sample import Still, draw_images, draw_still
from epochwatch_server.reports.svg.picture import draw_picture

MAX_CHART_CHARS = 1_600_000  # of all charts together: what does not fit is named


@dataclass(frozen=True, slots=True)
class Sheet:
    """Charts by their headings. left_out: a sentence that names the others."""

    sections: Sequence[tuple[str, Sequence[Drawn]]]
    left_out: str


@dataclass(frozen=True, slots=True)
class Stills:
    """Samples in rows. images: their pictures, once."""

    images: Markup
    note: str
    rows: Sequence[tuple[str, Sequence[Still]]]


def draw_charts(given: Sequence[GivenChart], left_out: Sequence[str]) -> Sheet:
    """Draw charts until the page is full; the others are named."""
    drawn: dict[str, list[Drawn]] = {}
    others, size = list(left_out), 0
    for chart in given:
        if not chart.figure.data:
            continue
        picture = draw_picture(chart.figure, chart.title, size=CHART_SIZE) if size < MAX_CHART_CHARS else None
        size += len(picture.svg) if picture else 0
        if picture is None or size > MAX_CHART_CHARS:
            others.append(chart.title)
        else:
            drawn.setdefault(chart.section, []).append(Drawn(chart.title, picture))
    names = f"{plural(len(others), 'more chart')}, not drawn here: {', '.join(others[:200])}." if others else ""
    return Sheet(list(_joined(drawn.items())), names)


def stills_of(sheet: SampleSheet) -> Stills:
    """Draw the samples of a sheet; what was not kept leaves a note in its place."""
    rows = [
        (
            row.title,
            [
                Still(Markup(), "", (), "not kept", title=title)
                if sample is None
                else draw_still(sample, sheet.images, title)
                for title, sample in row.samples
            ],
        )
        for row in sheet.rows
    ]
    return Stills(draw_images(list(sheet.images.values())), sheet.note, rows)


def _joined(sections: Iterable[tuple[str, list[Drawn]]]) -> Iterator[tuple[str, list[Drawn]]]:
    """Put headings that follow one another with a single chart each together: half a page would stay white."""
    held: tuple[str, list[Drawn]] | None = None
    for title, charts in sections:
        if held is not None and len(charts) == 1:
            yield f"{held[0]} · {title.lower()}", [*held[1], *charts]
            held = None
            continue
        if held is not None:
            yield held
        held = (title, charts) if len(charts) == 1 else None
        if held is None:
            yield title, charts
    if held is not None:
        yield held
