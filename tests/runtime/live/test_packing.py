"""Rectangles in a canvas, and pieces of pictures on it: nothing overlaps, and every box finds its way back."""

from __future__ import annotations

from itertools import combinations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from workers.runtime.detections import Detections
from workers.runtime.live.canvas import Piece, PlacedPiece, draw, split
from workers.runtime.live.packing import PADDING, pack
from workers.runtime.live.regions import areas, covered_share, merged

CANVAS = (640, 640)
SIZES = st.lists(st.tuples(st.integers(1, 640), st.integers(1, 640)), max_size=40)


@given(SIZES)
def test_what_is_packed_lies_inside_and_apart(sizes: list[tuple[int, int]]) -> None:
    places = pack(sizes, CANVAS)
    placed = [(*place, *size) for place, size in zip(places, sizes, strict=True) if place is not None]

    for left, top, width, height in placed:
        assert left >= 0 and top >= 0
        assert left + width <= 640 and top + height <= 640
    for first, second in combinations(placed, 2):
        gaps = [max(a[axis] - b[axis] - b[axis + 2] for a, b in ((first, second), (second, first))) for axis in (0, 1)]
        assert max(gaps) >= PADDING


@given(SIZES)
def test_the_first_rectangle_always_finds_room_and_small_ones_fill_the_canvas(sizes: list[tuple[int, int]]) -> None:
    places = pack(sizes, CANVAS)

    assert not sizes or any(place is not None for place in places)
    small = pack([(60, 120)] * 60, CANVAS)
    assert sum(place is not None for place in small) >= 45


@settings(deadline=None, max_examples=200)
@given(
    st.tuples(st.integers(0, 700), st.integers(0, 500), st.integers(2, 68), st.integers(2, 76)),
    st.sampled_from([1.0, 640 / 768, 0.5]),
    st.tuples(st.integers(0, 500), st.integers(0, 500)),
)
def test_a_box_of_a_piece_finds_its_way_back_into_the_picture(
    region: tuple[int, int, int, int], scale: float, place: tuple[int, int]
) -> None:
    left, top, width, height = region
    piece = Piece.of(np.zeros((576, 768, 3), np.uint8), (left, top, left + width, top + height), scale)
    placed = PlacedPiece(piece, *place)
    whole = np.array([[*place, place[0] + piece.size[0], place[1] + piece.size[1]]], np.float32)
    half = (whole + np.roll(whole, 2, axis=1)) / 2

    assert np.allclose(placed.to_picture(whole), [[left, top, left + width, top + height]], atol=1e-3)
    centre = [left + width / 2, top + height / 2] * 2
    assert np.allclose(placed.to_picture(half.astype(np.float32)), [centre], atol=1e-3)


def test_the_canvas_shows_each_piece_at_its_place_and_grey_between() -> None:
    image = np.random.default_rng(1).integers(0, 255, (576, 768, 3), np.uint8)
    pieces = [
        PlacedPiece(Piece.of(image, (10, 20, 110, 220), 1.0), 0, 0),
        PlacedPiece(Piece.of(image, (300, 300, 340, 340), 1.0), 200, 300),
    ]
    canvas = draw(pieces, CANVAS)

    assert np.array_equal(canvas[:200, :100], image[20:220, 10:110])
    assert np.array_equal(canvas[300:340, 200:240], image[300:340, 300:340])
    assert (canvas[250:290] == 114).all()


def test_detections_go_to_the_piece_they_lie_in_and_those_across_pieces_nowhere() -> None:
    image = np.zeros((576, 768, 3), np.uint8)
    pieces = [
        PlacedPiece(Piece.of(image, (100, 100, 200, 200), 1.0), 0, 0),
        PlacedPiece(Piece.of(image, (400, 300, 500, 400), 1.0), 106, 0),
    ]
    boxes = np.array([[10, 10, 50, 90], [120, 10, 160, 90], [60, 10, 150, 90]], np.float32)
    found = Detections(boxes, np.array([0.9, 0.8, 0.7], np.float32), np.zeros(3, np.int32))
    first, second = split(found, pieces)

    assert first.boxes_xyxy.tolist() == [[110, 110, 150, 190]]
    assert second.boxes_xyxy.tolist() == [[414, 310, 454, 390]]


@given(st.lists(st.tuples(*[st.integers(0, 500)] * 2, *[st.integers(1, 200)] * 2), max_size=12))
def test_merging_loses_nothing_and_costs_nothing(rows: list[tuple[int, int, int, int]]) -> None:
    regions = np.array([[x, y, x + w, y + h] for x, y, w, h in rows], np.int32).reshape(-1, 4)
    together = merged(regions)

    assert areas(together).sum() <= areas(regions).sum()
    assert (covered_share(regions.astype(np.float64), together) == 1).all()
