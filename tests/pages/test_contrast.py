"""The style sheet's colours reach WCAG AA in both themes: 4.5 to 1 for text, 3 to 1 for the edges of fields."""

from __future__ import annotations

import math
import re
from pathlib import Path

import pytest

SHEET = Path(__file__).resolve().parents[2] / "static" / "src" / "app.css"
NUMBERS = r"oklch\(([\d.]+) ([\d.]+) ?([\d.]*)\)"
TOKEN = re.compile(rf"--color-([a-z-]+): light-dark\({NUMBERS}, {NUMBERS}\)")
THEMES = {"light": 0, "dark": 1}
GROUNDS = ("page", "surface", "raised")
STATES = ("low", "medium", "high", "critical", "good", "accent")
TEXTS = [
    *((text, ground) for text in ("ink", "soft") for ground in (*GROUNDS, "accent-wash")),
    *((state, ground) for state in STATES for ground in ("surface", f"{state}-wash")),
    ("accent", "page"),
    ("on-accent", "accent"),
    *(("ink", f"{state}-wash") for state in STATES),
]


def colours() -> dict[str, list[tuple[float, float, float]]]:
    found = {}
    for match in TOKEN.finditer(SHEET.read_text("utf-8")):
        values = [float(value or 0) for value in match.groups()[1:]]
        found[match[1]] = [(values[0], values[1], values[2]), (values[3], values[4], values[5])]
    return found


def luminance(lightness: float, chroma: float, hue: float) -> float:
    """Relative luminance of an OKLCH colour (Ottosson 2020), clipped to sRGB."""
    a, b = chroma * math.cos(math.radians(hue)), chroma * math.sin(math.radians(hue))
    long = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3
    medium = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3
    short = (lightness - 0.0894841775 * a - 1.2914855480 * b) ** 3
    red = 4.0767416621 * long - 3.3077115913 * medium + 0.2309699292 * short
    green = -1.2684380046 * long + 2.6097574011 * medium - 0.3413193965 * short
    blue = -0.0041960863 * long - 0.7034186147 * medium + 1.7076147010 * short
    red, green, blue = (min(1.0, max(0.0, part)) for part in (red, green, blue))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str, theme: str) -> float:
    found = colours()
    light, dark = sorted((luminance(*found[name][THEMES[theme]]) for name in (one, other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize(("text", "ground"), TEXTS)
def test_text_can_be_read_on_its_ground(text: str, ground: str, theme: str) -> None:
    assert contrast(text, ground, theme) >= 4.5


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("ground", ["page", "surface"])
def test_the_edge_of_a_field_can_be_seen(ground: str, theme: str) -> None:
    assert contrast("edge", ground, theme) >= 3


def test_black_on_white_is_measured_as_21_to_1() -> None:
    assert (luminance(1, 0, 0) + 0.05) / (luminance(0, 0, 0) + 0.05) == pytest.approx(21, abs=0.01)
