"""Points in polygons and sides of lines."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.engine.geometry import Lines, Polygons, footprints, path_meets_line
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
    points = footprints(np.array([[x], [0], [x], [bottom]]))[::2]
    assert Polygons([WHOLE]).contain(*points).all()


def test_no_polygons_or_no_tracks_are_fine() -> None:
    assert Polygons([]).contain(*np.zeros((2, 3))).shape == (0, 3)
    assert Polygons([SQUARE, WHOLE]).contain(*np.zeros((2, 0))).shape == (2, 0)
    assert Lines([]).distances(np.ones((4, 3))).shape == (0, 3)
    assert Lines([line("a", (0, 0), (1, 1))]).distances(np.ones((4, 0))).shape == (1, 0)


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
    assert stretched.distances(footprints(edges_stretched)) == pytest.approx(expected, rel=1e-6)


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
