"""Whether points make an area or a line that means something, said in plain words."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from cameras.choices import ZoneKind

Point = tuple[float, float]

MOST_POINTS = 64
SAME_PLACE = 0.0005
"""Half of the smallest step that the editor knows, as a share of the picture."""


def outline_problem(kind: str, points: Sequence[Point]) -> str:
    """What is wrong with the points, as a sentence; empty where nothing is. Points are numbered from 1."""
    if kind == ZoneKind.LINE:
        return _line_problem(points)
    if len(points) < 3:
        words = ngettext(
            "An area needs at least three points; there is %(points)s.",
            "An area needs at least three points; there are %(points)s.",
            len(points),
        )
        return words % {"points": len(points)}
    if len(points) > MOST_POINTS:
        return _("An area has at most %(most)s points; there are %(points)s.") % {
            "most": MOST_POINTS,
            "points": len(points),
        }
    return _twins(points) or _crossing(points)


def _line_problem(points: Sequence[Point]) -> str:
    if len(points) != 2:
        words = ngettext(
            "A line needs exactly two points; there is %(points)s.",
            "A line needs exactly two points; there are %(points)s.",
            len(points),
        )
        return words % {"points": len(points)}
    if _same(*points):
        return _("Both points of the line lie on the same place, so it has no direction. Move one of them.")
    return ""


def _twins(points: Sequence[Point]) -> str:
    for first, second in combinations(range(len(points)), 2):
        if _same(points[first], points[second]):
            return _("Points %(first)s and %(second)s lie on the same place. Move or remove one of them.") % {
                "first": first + 1,
                "second": second + 1,
            }
    return ""


def _crossing(points: Sequence[Point]) -> str:
    number = len(points)
    sides = [(points[index], points[(index + 1) % number]) for index in range(number)]
    for first, second in combinations(range(number), 2):
        joined = second - first in (1, number - 1)
        if _folds(sides, first, second) if joined else _meet(sides[first], sides[second]):
            return _(
                "The border crosses itself: its side from point %(first)s to %(first_end)s meets the side from point "
                "%(second)s to %(second_end)s. Move one of these points."
            ) % {
                "first": first + 1,
                "first_end": first % number + 2,
                "second": second + 1,
                "second_end": (second + 1) % number + 1,
            }
    return ""


def _same(first: Point, second: Point) -> bool:
    return abs(first[0] - second[0]) < SAME_PLACE and abs(first[1] - second[1]) < SAME_PLACE


def _turn(origin: Point, first: Point, second: Point) -> float:
    """Positive where ``second`` lies on one side of the way to ``first``, negative on the other."""
    return (first[0] - origin[0]) * (second[1] - origin[1]) - (first[1] - origin[1]) * (second[0] - origin[0])


def _folds(sides: Sequence[tuple[Point, Point]], first: int, second: int) -> bool:
    """Whether a side goes back over the one before it."""
    before, after = (first, second) if second == first + 1 else (second, first)
    start, corner, end = sides[before][0], sides[before][1], sides[after][1]
    ahead = (corner[0] - start[0]) * (end[0] - corner[0]) + (corner[1] - start[1]) * (end[1] - corner[1])
    return abs(_turn(start, corner, end)) < SAME_PLACE**2 and ahead < 0


def _meet(one: tuple[Point, Point], other: tuple[Point, Point]) -> bool:
    """Whether two sides have a point in common; touching counts."""
    turns = [_turn(*one, other[0]), _turn(*one, other[1]), _turn(*other, one[0]), _turn(*other, one[1])]
    if turns[0] * turns[1] < 0 and turns[2] * turns[3] < 0:
        return True
    ends = zip(turns, (one, one, other, other), (*other, *one), strict=True)
    return any(turn == 0 and _between(side, point) for turn, side, point in ends)


def _between(side: tuple[Point, Point], point: Point) -> bool:
    return all(min(a, b) <= value <= max(a, b) for a, b, value in zip(*side, point, strict=True))
