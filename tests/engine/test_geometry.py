"""Points in polygons and sides of lines."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.engine.basics import ZoneShape
from rules.engine.geometry import STEPS, Layout, Lines, Polygons, footprints, path_meets_line
from tests.engine.walks import line, polygon

SQUARE = polygon("square", (0.2, 0.2), (0.6, 0.2), (0.6, 0.6), (0.2, 0.6))
# Open at the top, like the letter.
U_SHAPE = polygon("u", (0.1, 0.1), (0.3, 0.1), (0.3, 0.7), (0.7, 0.7), (0.7, 0.1), (0.9, 0.1), (0.9, 0.9), (0.1, 0.9))
WHOLE = polygon("whole", (0, 0), (1, 0), (1, 1), (0, 1))

coordinates = st.floats(0, 1)


@pytest.mark.parametrize(
    ("point", "in_square", "in_u"),
    [
        ((0.4, 0.4), True, False),
        ((0.05, 0.4), False, False),
        ((0.2, 0.8), False, True),
        ((0.2, 0.3), True, True),
        ((0.5, 0.8), False, True),
        ((0.8, 0.2), False, True),
        ((0.95, 0.5), False, False),
        ((0.5, 0.05), False, False),
    ],
)
def test_points_in_a_square_and_in_a_hollow_shape(point: tuple[float, float], *, in_square: bool, in_u: bool) -> None:
    inside = Polygons([SQUARE, U_SHAPE]).contain(*np.array([point]).T)
    assert inside[:, 0].tolist() == [in_square, in_u]


@given(st.lists(st.tuples(coordinates, coordinates), min_size=1, max_size=20))
def test_a_triangle_contains_what_lies_on_one_side_of_all_its_edges(points: list[tuple[float, float]]) -> None:
    corners = ((0.1, 0.2), (0.9, 0.3), (0.4, 0.95))
    table = np.array(points)
    sides = [
        (end[0] - start[0]) * (table[:, 1] - start[1]) - (end[1] - start[1]) * (table[:, 0] - start[0])
        for start, end in zip(corners, (*corners[1:], corners[0]), strict=True)
    ]
    clear = np.all(np.abs(np.array(sides)) > 1e-9, axis=0).reshape(-1)
    expected = np.all(np.array(sides) > 0, axis=0).reshape(-1)
    found = Polygons([polygon("triangle", *corners)]).contain(*table.T)[0]
    assert found[clear].tolist() == expected[clear].tolist()


@given(coordinates, coordinates)
def test_a_zone_over_the_whole_frame_contains_every_object(x: float, bottom: float) -> None:
    points = footprints(np.array([[x], [0], [x], [bottom]]))[:2] / STEPS
    assert Polygons([WHOLE]).contain(*points).all()


def test_no_polygons_or_no_tracks_are_fine() -> None:
    assert Polygons([]).contain(*np.zeros((2, 3))).shape == (0, 3)
    assert Polygons([SQUARE, WHOLE]).contain(*np.zeros((2, 0))).shape == (2, 0)
    assert Lines([]).distances(np.ones((5, 3))).shape == (0, 3)
    assert Lines([line("a", (0, 0), (1, 1))]).distances(np.ones((5, 0))).shape == (1, 0)


def test_distances_are_in_object_sizes_and_negative_on_the_left() -> None:
    edges = np.array([[0.55, 0.3, 0.65, 0.5], [0.3, 0.3, 0.5, 0.5]]).T
    down = Lines([line("down", (0.5, 0.2), (0.5, 0.8))])
    # The first stands one of its widths to the right of the picture's middle: the left-hand side when walking down.
    assert down.distances(footprints(edges))[0] == pytest.approx([-1.0, 0.5])


@given(st.floats(0.2, 5), st.floats(0.2, 5))
def test_distances_do_not_depend_on_the_aspect_ratio(stretch_x: float, stretch_y: float) -> None:
    edges = np.array([[0.05], [0.02], [0.08], [0.1]])
    scale = np.array([stretch_x, stretch_y]) / 5
    flat = Lines([line("a", (0.1, 0.1), (0.15, 0.19))])
    stretched = Lines([line("a", tuple(scale * (0.1, 0.1)), tuple(scale * (0.15, 0.19)))])
    expected = flat.distances(footprints(edges))
    edges_stretched = edges * np.tile(scale, 2)[:, None]
    # But for the grid on which places are judged.
    assert stretched.distances(footprints(edges_stretched)) == pytest.approx(expected, rel=1e-4)


def on_grid(shape: ZoneShape) -> list[tuple[int, int]]:
    return [(round(x * STEPS), round(y * STEPS)) for x, y in shape.points]


def is_inside(shape: ZoneShape, x: int, y: int) -> bool:
    """In whole numbers, which Python has of any length."""
    corners = on_grid(shape)
    to_the_right = [
        ((end[0] - start[0]) * (y - start[1]) - (end[1] - start[1]) * (x - start[0])) * (1 if end[1] > start[1] else -1)
        for start, end in zip(corners, (*corners[1:], corners[0]), strict=True)
        if (start[1] > y) != (end[1] > y)
    ]
    return sum(each > 0 for each in to_the_right) % 2 == 1


def limits_passed(shape: ZoneShape, x: int, y: int, width: int, height: int) -> list[bool]:
    start, end = on_grid(shape)
    run, rise = end[0] - start[0], end[1] - start[1]
    across, size = run * (y - start[1]) - rise * (x - start[0]), abs(rise) * width + abs(run) * height
    return [10 * across > -size, across >= 0, across > 0, 10 * across >= size]


corners = st.tuples(coordinates, coordinates)
polygons = st.lists(corners, min_size=3, max_size=9, unique=True).map(lambda points: polygon("area", *points))
lines = st.lists(corners, min_size=2, max_size=2, unique=True).map(lambda points: line("line", *points))
boxes = st.tuples(coordinates, coordinates, coordinates, coordinates).map(
    lambda edges: (*np.minimum(edges[:2], edges[2:]), *np.maximum(edges[:2], edges[2:]))
)


@given(st.lists(polygons, max_size=3), st.lists(lines, max_size=3), st.lists(boxes, min_size=1, max_size=9))
def test_who_is_where_is_exact_and_the_same_however_many_are_looked_at(
    areas: list[ZoneShape], directed: list[ZoneShape], seen: list[tuple[float, ...]]
) -> None:
    layout = Layout([*areas, *directed])
    # Corners too: what is decided there hangs on the last bit.
    seen += [(x, 0, x, y) for shape in (*areas, *directed) for x, y in shape.points]
    prints = footprints(np.array(seen).T)
    found = layout.standing(prints)
    for number, (x, y, one, width, height) in enumerate(prints.T.astype(int).tolist()):
        assert one == 1
        expected = [is_inside(shape, x, y) for shape in areas]
        expected += [flag for shape in directed for flag in limits_passed(shape, x, y, width, height)]
        assert found[:, number].tolist() == expected
        assert layout.standing(prints[:, number : number + 1])[:, 0].tolist() == expected


@pytest.mark.parametrize(
    ("before", "now", "meets"),
    [
        ((0.4, 0.5), (0.6, 0.5), True),
        ((0.4, 0.1), (0.6, 0.1), False),
        ((0.4, 0.2), (0.6, 0.2), True),
        ((0.4, 0.0), (0.6, 0.3), False),
        ((0.4, 0.1), (0.5, 0.5), True),
    ],
)
def test_where_a_path_meets_the_line(before: tuple[float, float], now: tuple[float, float], *, meets: bool) -> None:
    assert path_meets_line(before, now, ((0.5, 0.2), (0.5, 0.8))) is meets
