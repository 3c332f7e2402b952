"""Outlines that mean nothing are refused with a sentence that says which points to move."""

from __future__ import annotations

import pytest

from cameras.outlines import Point, outline_problem

SQUARE: list[Point] = [(0.1, 0.1), (0.9, 0.1), (0.9, 0.9), (0.1, 0.9)]


@pytest.mark.parametrize(
    "points",
    [
        SQUARE,
        SQUARE[:3],
        [(0, 0), (1, 0), (1, 1), (0, 1)],
        [(0.1, 0.1), (0.9, 0.1), (0.5, 0.2), (0.9, 0.9)],
        [(0.1, 0.1), (0.5, 0.1), (0.9, 0.1), (0.5, 0.9)],
    ],
    ids=["square", "triangle", "whole picture", "notched", "three points of one side"],
)
def test_a_border_that_meets_itself_nowhere_is_good(points: list[Point]) -> None:
    assert outline_problem("polygon", points) == ""
    assert outline_problem("polygon", points[::-1]) == ""


@pytest.mark.parametrize(
    ("points", "words"),
    [
        (SQUARE[:1], "at least three points; there is 1"),
        ([SQUARE[0], SQUARE[2], SQUARE[1], SQUARE[3]], "from point 1 to 2 meets the side from point 3 to 4"),
        ([(0.1, 0.1), (0.9, 0.1), (0.5, 0.1), (0.5, 0.9)], "crosses itself"),
        ([(0, 0), (1, 0), (1, 1), (0.5, 0), (0, 1)], "from point 1 to 2 meets the side from point 3 to 4"),
        ([(0.1, 0.1), (0.5, 0.5), (0.9, 0.9)], "crosses itself"),
        ([*SQUARE, SQUARE[0]], "Points 1 and 5 lie on the same place"),
        ([(index / 100, index % 2) for index in range(65)], "at most 64 points"),
    ],
    ids=["too few", "bow tie", "goes back", "touches", "flat", "twice", "too many"],
)
def test_other_borders_are_said_to_be_wrong_with_the_numbers_of_their_points(points: list[Point], words: str) -> None:
    assert words in outline_problem("polygon", points)


def test_a_line_has_two_points_on_different_places() -> None:
    assert outline_problem("line", SQUARE[:2]) == ""
    assert "exactly two points; there are 3" in outline_problem("line", SQUARE[:3])
    assert "no direction" in outline_problem("line", [(0.5, 0.5), (0.5, 0.5)])
