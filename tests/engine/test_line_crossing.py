"""Line crossing: what counts as one, in which direction, and what does not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pytest

from rules.engine.evaluation import RuleEngine
from tests.engine.walks import Sighting, ended, frame, line, play, rule, started

# Read downwards: on the picture, its left-hand side is the picture's right half (x > 0.5).
DOWN = line("gate", (0.5, 0.2), (0.5, 0.8))
# Read from left to right: its left-hand side is the upper half.
ACROSS = line("gate", (0.2, 0.5), (0.8, 0.5))


def crossing(direction: str = "any") -> Mapping[str, object]:
    return {"type": "line_crossing", "line": "gate", "direction": direction}


def crossings(points: Sequence[tuple[float, float]], direction: str = "any") -> list[tuple[str, int]]:
    """(direction, frame number) of what a track of one box a frame, ten a second, sets off at ``DOWN``."""
    engine = RuleEngine([rule(crossing(direction))], [DOWN])
    transitions = play(engine, (frame(n * 100, {3: Sighting(x, y)}) for n, (x, y) in enumerate(points)))
    return [(str(start.evidence["direction"]), start.start_ms // 100) for start in started(transitions)]


def steps(*xs: float) -> list[tuple[float, float]]:
    return [(x, 0.5) for x in xs]


@pytest.mark.parametrize(
    ("points", "expected"),
    [
        pytest.param(steps(0.3, 0.4, 0.6), [("right_to_left", 2)], id="walking right crosses from its right"),
        pytest.param(steps(0.7, 0.6, 0.4), [("left_to_right", 2)], id="walking left crosses from its left"),
        pytest.param(steps(0.3, 0.4, 0.45), [], id="stopping before the line is none"),
        pytest.param(steps(0.3, 0.4, 0.505, 0.508), [], id="a touch within the box's jitter is none"),
        pytest.param(steps(0.3, 0.495, 0.505, 0.495, 0.505, 0.4), [], id="flickering over it and going back is none"),
        pytest.param(
            steps(0.3, 0.495, 0.505, 0.495, 0.505, 0.6),
            [("right_to_left", 4)],
            id="flickering over it and passing is one, when it passed last",
        ),
        pytest.param(steps(0.3, 0.5, 0.6), [("right_to_left", 2)], id="a point exactly on the line is on neither side"),
        pytest.param(steps(0.5, 0.6, 0.7), [], id="appearing on the line is no crossing"),
        pytest.param(steps(0.505, 0.495, 0.4), [], id="appearing within the jitter of the line is none either"),
        pytest.param(
            steps(0.3, 0.7, 0.3), [("right_to_left", 1), ("left_to_right", 2)], id="coming back counts the other way"
        ),
        pytest.param(
            steps(0.3, 0.7, 0.3, 0.7, 0.3),
            [("right_to_left", 1), ("left_to_right", 2)],
            id="walking up and down counts once in each direction",
        ),
        pytest.param([(0.3, 0.1), (0.7, 0.1)], [], id="passing beyond the line's end is none"),
        pytest.param([(0.3, 0.5), (0.3, 0.1), (0.7, 0.1), (0.7, 0.5)], [], id="going around the line's end is none"),
        pytest.param(
            [(0.4, 0.1), (0.6, 0.4)], [("right_to_left", 1)], id="a slanted path counts where it meets the line"
        ),
        pytest.param([(0.1, 0.5), (0.9, 0.5)], [("right_to_left", 1)], id="a fast one may skip far over it"),
    ],
)
def test_paths(points: Sequence[tuple[float, float]], expected: list[tuple[str, int]]) -> None:
    assert crossings(points) == expected


@pytest.mark.parametrize(
    ("direction", "expected"),
    [
        ("left_to_right", ["left_to_right"]),
        ("right_to_left", ["right_to_left"]),
        ("any", ["right_to_left", "left_to_right"]),
    ],
)
def test_only_the_wanted_direction_counts(direction: str, expected: list[str]) -> None:
    assert [found for found, _ in crossings(steps(0.3, 0.7, 0.3), direction)] == expected


def test_left_is_up_when_the_line_is_read_from_left_to_right() -> None:
    engine = RuleEngine([rule(crossing("left_to_right"))], [ACROSS])
    transitions = play(engine, (frame(at, {3: Sighting(0.5, y)}) for at, y in enumerate((0.3, 0.4, 0.6), start=1)))
    assert len(started(transitions)) == 1


def test_a_crossing_starts_and_ends_at_once() -> None:
    engine = RuleEngine([rule(crossing())], [DOWN])
    engine.step(frame(0, {3: Sighting(0.4, 0.5)}))
    start, end = engine.step(frame(100, {3: Sighting(0.6, 0.5)}))
    assert started([start]) and ended([end])
    assert ended([end])[0].end_ms == started([start])[0].start_ms == 100


def test_the_moment_is_when_the_line_was_passed_not_when_it_became_certain() -> None:
    engine = RuleEngine([rule(crossing())], [DOWN])
    (start,) = started(
        play(
            engine, (frame(at, {3: Sighting(x, 0.5)}) for at, x in ((0, 0.4), (100, 0.505), (200, 0.507), (300, 0.52)))
        )
    )
    assert (start.start_ms, start.at_ms) == (100, 300)
    assert start.evidence == {
        "condition": "line_crossing",
        "line": "gate",
        "direction": "right_to_left",
        "crossed_ms": 100,
        "settled_ms": 300,
        "point": [0.52, 0.5],
    }


def test_a_track_lost_at_the_line_and_found_beyond_it_has_crossed() -> None:
    engine = RuleEngine([rule(crossing())], [DOWN])
    frames = [frame(0, {3: Sighting(0.4, 0.5)}), frame(500, {}), frame(1500, {3: Sighting(0.6, 0.5)})]
    assert len(started(play(engine, frames))) == 1


@pytest.mark.parametrize(("confidences", "expected"), [((0.9, 0.2), 1), ((0.2, 0.9), 1), ((0.2, 0.2), 0)])
def test_a_crossing_needs_one_confident_sighting(confidences: tuple[float, float], expected: int) -> None:
    engine = RuleEngine([rule(crossing())], [DOWN])
    sightings = [Sighting(x, 0.5, confidence=c) for x, c in zip((0.4, 0.6), confidences, strict=True)]
    assert len(started(play(engine, (frame(n, {3: seen}) for n, seen in enumerate(sightings))))) == expected


def test_only_the_wanted_classes_count() -> None:
    engine = RuleEngine([rule(crossing(), who={"classes": ["car"]})], [DOWN])
    frames = [frame(n, {1: Sighting(x, 0.3, "car"), 2: Sighting(x, 0.6, "person")}) for n, x in enumerate((0.3, 0.7))]
    assert [start.track_id for start in started(play(engine, frames))] == [1]


@pytest.mark.parametrize("order", [(3, 4), (4, 3)], ids=["as before", "the other way round"])
def test_who_was_too_small_on_the_way_crosses_in_whatever_order_tracks_are_told(order: tuple[int, int]) -> None:
    """Sure while it was large enough, then away, and seen again faintly: crouched, then upright beyond the line."""
    bystander = Sighting(0.3, 0.2)
    seen = [
        (0, Sighting(0.9, 0.5, confidence=0.9, height=0.3)),
        (100, Sighting(0.9, 0.5, confidence=0.9, height=0.3)),
        (6_000, Sighting(0.9, 0.5, confidence=0.2, height=0.1)),
        (6_100, Sighting(0.9, 0.5, confidence=0.2, height=0.1)),
    ]
    frames = [frame(at_ms, {3: each, 4: bystander}) for at_ms, each in seen]
    beyond = {3: Sighting(0.2, 0.5, confidence=0.2, height=0.3), 4: bystander}
    frames.append(frame(6_200, {track_id: beyond[track_id] for track_id in order}))
    engine = RuleEngine([rule(crossing(), who={"min_confidence": 0.4, "min_height": 0.15})], [DOWN])
    assert [start.start_ms for start in started(play(engine, frames))] == [6_200]
