"""The twelve hues that runs and lines own, and the colour roles a figure names instead of colours."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Hue:
    """One place of the palette: `light` is drawn on a light surface, `dark` on a dark one; both are `#rrggbb`."""

    name: str
    light: str
    dark: str


# Found by search in OKLab: the widest smallest distance between any two, seen with normal sight and with full
# protanopia, deuteranopia and tritanopia (Machado, Oliveira, Fernandes 2009). Every hue has a contrast of 3:1 or more
# on its surface. The order counts: the first ones are the furthest apart.
HUES: Final[tuple[Hue, ...]] = (
    Hue("blue", "#3156cd", "#5199f9"),
    Hue("orange", "#aa3607", "#e57431"),
    Hue("teal", "#249e77", "#4beaab"),
    Hue("orchid", "#d35dc3", "#f093ce"),
    Hue("violet", "#723d9e", "#9c73c0"),
    Hue("gold", "#a47110", "#f9c96d"),
    Hue("sea", "#034d73", "#7abff3"),
    Hue("wine", "#712d47", "#c78092"),
    Hue("green", "#456d37", "#86a569"),
    Hue("copper", "#e87212", "#b37553"),
    Hue("indigo", "#8988fb", "#727ae5"),
    Hue("olive", "#95974d", "#cdb60e"),
)

# The page replaces every string "token:x" of a figure by the value that its theme gives to --x, and "token:x/0.2" by
# the same with that opacity. (Plotly's own `opacity` of a trace does not reach what is filled.)
RUN: Final = "token:run"
RUN_LIGHT: Final = "token:run-light"
GRID: Final = "token:grid"
INK: Final = "token:ink"
MUTED: Final = "token:muted"
SURFACE: Final = "token:surface"
OK: Final = "token:ok"
INFO: Final = "token:info"
WARNING: Final = "token:warning"
CRITICAL: Final = "token:critical"
TRANSPARENT: Final = "rgba(0,0,0,0)"


def faded(colour: str, opacity: float) -> str:
    """Ask for a colour with an opacity from 0 to 1."""
    return f"{colour}/{opacity:g}"


def series_colour(place: int) -> str:
    """Name the colour of the line at `place` (any integer >= 0; after the twelfth they begin again)."""
    return f"token:series-{place % len(HUES)}"
