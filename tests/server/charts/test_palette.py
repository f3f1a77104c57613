"""The palette: the same table as the style sheet's, and told apart by everyone."""

import re
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest

from epochwatch_server.charts.palette import HUES, faded, series_colour

TOKENS = Path(__file__).resolve().parents[3] / "static" / "css" / "tokens.css"
LEAST_DISTANCE = 0.05  # in OKLab: more than twice what is just noticed
LEAST_CONTRAST = 3.0  # WCAG 2.2, 1.4.11, for graphical objects
SURFACES = {"light": "#ffffff", "dark": "#14171b"}
# Machado, Oliveira, Fernandes (2009), severity 1.0, on linear RGB.
SIGHTS = {
    "normal": np.eye(3),
    "protanopia": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "deuteranopia": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.01182, 0.04294, 0.968881]],
    "tritanopia": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.3039]],
}


def linear(colour: str) -> np.ndarray:
    channels = np.array([int(colour[place : place + 2], 16) for place in (1, 3, 5)]) / 255
    return np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)


def oklab(rgb: np.ndarray) -> np.ndarray:
    """Convert linear RGB to OKLab (Ottosson 2020)."""
    to_cones = [[0.4122214708, 0.5363325363, 0.0514459929], [0.2119034982, 0.6806995451, 0.1073969566]]
    to_cones += [[0.0883024619, 0.2817188376, 0.6299787005]]
    to_lab = [[0.2104542553, 0.793617785, -0.0040720468], [1.9779984951, -2.428592205, 0.4505937099]]
    to_lab += [[0.0259040371, 0.7827717662, -0.808675766]]
    cones = np.cbrt(np.array(to_cones) @ np.clip(rgb, 0, 1))
    return np.asarray(np.array(to_lab) @ cones, dtype=np.float64)


def luminance(colour: str) -> float:
    return float(linear(colour) @ [0.2126, 0.7152, 0.0722])


def test_the_style_sheet_holds_the_same_table() -> None:
    text = TOKENS.read_text()
    found = re.findall(r"--series-(\d+):\s*light-dark\((#\w{6}),\s*(#\w{6})\)", text)
    assert [(int(place), light, dark) for place, light, dark in found] == [
        (place, hue.light, hue.dark) for place, hue in enumerate(HUES)
    ]


def test_there_are_twelve_hues_with_names_of_their_own() -> None:
    assert len({hue.name for hue in HUES}) == len(HUES) == 12


@pytest.mark.parametrize("sight", SIGHTS)
@pytest.mark.parametrize("theme", SURFACES)
def test_any_two_hues_can_be_told_apart(theme: str, sight: str) -> None:
    seen = {hue.name: oklab(np.array(SIGHTS[sight]) @ linear(getattr(hue, theme))) for hue in HUES}
    nearest = min((float(np.linalg.norm(seen[a] - seen[b])), a, b) for a, b in combinations(seen, 2))
    assert nearest[0] >= LEAST_DISTANCE, nearest


@pytest.mark.parametrize("theme", SURFACES)
def test_every_hue_stands_out_from_its_surface(theme: str) -> None:
    for hue in HUES:
        dark, light = sorted((luminance(getattr(hue, theme)), luminance(SURFACES[theme])))
        assert (light + 0.05) / (dark + 0.05) >= LEAST_CONTRAST, hue.name


def test_after_the_twelfth_line_colours_begin_again() -> None:
    assert series_colour(13) == "token:series-1"
    assert faded("token:run", 0.16) == "token:run/0.16"
