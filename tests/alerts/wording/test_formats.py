"""The little language of message templates."""

from __future__ import annotations

import pytest

from alerts.wording.formats import FormatError, format_check, format_fill

NAMES = frozenset({"camera", "message"})
TEXTS = {"camera": "Gate 2", "message": "Person in the yard"}


@pytest.mark.parametrize(
    ("template", "text"),
    [
        ("{camera}: {message}", "Gate 2: Person in the yard"),
        ("{ camera }", "Gate 2"),
        ("{camera|upper}", "GATE 2"),
        ("{message|short:9}", "Person i…"),
        ("{message|short:9|lower}", "person i…"),
        ("{{camera}}", "{camera}"),
        ("no names", "no names"),
    ],
)
def test_names_are_filled_in(template: str, text: str) -> None:
    format_check(template, NAMES)
    assert format_fill(template, TEXTS) == text


@pytest.mark.parametrize(
    "template",
    [
        "{camera.__class__}",
        "{camera[0]}",
        "{camera!r}",
        "{camera:>500000000}",
        "{camera()}",
        "{0}",
        "{}",
        "{unknown}",
        "{camera|eval}",
        "{camera|short}",
        "{camera|short:0}",
        "{camera|short:99999}",
        "{camera|upper:1}",
        "{camera",
        "camera}",
        "{% include 'x' %}",
    ],
)
def test_everything_else_is_refused_with_its_line(template: str) -> None:
    with pytest.raises(FormatError, match=r"^Line 2: "):
        format_check("first\n" + template, NAMES)


def test_what_is_filled_in_is_not_read_again() -> None:
    assert format_fill("{camera}", {"camera": "{message}", "message": "x"}) == "{message}"
