"""The colours of tracks, as rules ask for them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from rules.engine.frames import FrameTracks
from rules.engine.schema import parse_rule
from rules.engine.wanted_looks import wanted_looks
from tests.engine.recorded import tracks_of
from tests.runtime.chunks import RememberingSink, run_chunks
from tests.runtime.footage import Scene
from workers.runtime.closeups.closeups import Closeups, CloseupSettings
from workers.runtime.closeups.colours import Colours
from workers.runtime.detectors.base import Detector, Image

RED, BLUE, LIME, GREY, DARK = (200, 30, 30), (30, 50, 190), (200, 250, 60), (128, 128, 128), (12, 12, 14)
BOX = (100, 20, 160, 180)
GRASS = (60, 110, 50)


def picture(upper: tuple[int, ...], lower: tuple[int, ...], around: tuple[int, ...] = GRASS) -> Image:
    image = np.full((200, 300, 3), around, np.uint8)
    image[20:100, 100:160], image[100:180, 100:160] = upper, lower
    return image


def scores(image: Image, *, person: bool = True) -> dict[str, float]:
    return Colours().look(image, {1: BOX}, {1} if person else set()).get(1, {})


def frame_at(at_ms: int, class_name: str = "person") -> FrameTracks:
    return FrameTracks(
        timestamp_ms=at_ms,
        track_ids=np.array([1]),
        class_names=(class_name,),
        confidences=np.array([0.9]),
        boxes_xyxy=np.array([BOX]) / (300, 200, 300, 200),
    )


@pytest.mark.parametrize(
    ("upper", "lower", "expected"),
    [
        (RED, BLUE, ("upper red", "lower blue")),
        (LIME, DARK, ("upper yellow", "lower black")),
        (GREY, RED, ("upper grey", "lower red")),
    ],
)
def test_the_parts_of_a_person_have_their_own_colours(
    upper: tuple[int, ...], lower: tuple[int, ...], expected: tuple[str, ...]
) -> None:
    found = scores(picture(upper, lower))
    assert {name for name, score in found.items() if " " in name and score >= 0.5} == set(expected)


def test_a_thing_has_one_colour() -> None:
    found = scores(picture(RED, RED), person=False)
    assert (found["red"], found["grey"]) == (1, 0)
    assert not any(" " in name for name in found)


def test_dark_windows_do_not_make_a_red_car_black() -> None:
    found = scores(picture(DARK, RED), person=False)
    assert found["red"] == 1
    assert found["black"] < 0.5


def test_a_picture_without_colours_tells_none() -> None:
    assert scores(picture(GREY, DARK, around=(90, 90, 90))) == {}


def test_a_body_of_a_few_pixels_tells_nothing() -> None:
    assert Colours().look(picture(RED, RED), {1: (100, 20, 108, 30)}, set()) == {}


@pytest.mark.parametrize("box", [(-50, -50, 20, 20), (290, 190, 400, 300), (500, 500, 600, 600)])
def test_a_box_over_the_edge_is_looked_at_as_far_as_it_is_seen(box: tuple[int, ...]) -> None:
    found = Colours().look(picture(RED, RED, around=RED), {1: box}, set())
    assert all(score in {0, 1} for score in found.get(1, {}).values())


def test_one_look_into_the_light_does_not_change_what_was_seen_before() -> None:
    colours = Colours()
    for image in (picture(RED, RED), picture(RED, RED), picture((250, 250, 250), (250, 250, 250))):
        found = colours.look(image, {1: BOX}, set())[1]
    assert found["red"] > 0.5 > found["white"]


def test_a_saved_state_goes_on_as_if_nothing_had_been() -> None:
    closeups = Closeups([parse_rule("name: a\nwhen: {attribute: red}")], (), CloseupSettings(), None)
    closeups.add_to(frame_at(0), (300, 200), lambda: picture(RED, RED))
    again = Closeups([parse_rule("name: a\nwhen: {attribute: red}")], (), CloseupSettings(), closeups.state())
    for each in (closeups, again):
        assert each.add_to(frame_at(400), (300, 200), lambda: picture(BLUE, BLUE)).attributes == {}
    later = [each.add_to(frame_at(1000), (300, 200), lambda: picture(BLUE, BLUE)) for each in (closeups, again)]
    assert later[0].attributes == later[1].attributes
    assert later[0].attributes[1]["red"] == 0.7


@pytest.mark.parametrize(
    ("rule", "classes"),
    [
        ("when: {attribute: red}", [()]),
        ("when: {all: [{in_zone: a}, {attribute: upper blue}]}", [()]),
        ("who: {classes: [car], attributes: {red: true}}\nwhen: {in_zone: a}", [("car",)]),
        ("when: {attribute: uniform}", []),
        ("when: {in_zone: a}", []),
    ],
)
def test_colours_are_looked_at_only_where_a_rule_asks_for_them(rule: str, classes: list[tuple[str, ...]]) -> None:
    looks = [look for look in wanted_looks(parse_rule(f"name: a\n{rule}")) if look.model == "colour"]
    assert sorted({look.who.classes for look in looks}) == classes


def test_without_such_a_rule_the_picture_is_not_even_made() -> None:
    closeups = Closeups([parse_rule("name: a\nwhen: {in_zone: b}")], (), CloseupSettings(), None)
    assert closeups.add_to(frame_at(0), (300, 200), lambda: pytest.fail("nobody asked")).attributes == {}
    assert closeups.state() is None


@pytest.mark.slow
def test_the_red_cars_on_a_motorway_are_the_red_ones(detector: Detector) -> None:
    """Looked at by eye: three of the cars in the first 20 s are red."""
    red = parse_rule("name: a\nwho: {classes: [car]}\nwhen: {attribute: red}")
    last: dict[int, dict[str, float]] = {}
    for frame in tracks_of("adam_traffic_demo.mp4", detector, specs=[red], until_ms=20_000):
        last |= {each: dict(found) for each, found in frame.attributes.items()}
    assert sum(found["red"] >= 0.5 for found in last.values()) == 3
    assert len(last) >= 20


@pytest.mark.slow
def test_a_rule_about_a_colour_gives_an_event_in_a_recording(detector: Detector, tmp_path: Path) -> None:
    rule = parse_rule("name: Red car\nwho: {classes: [car], attributes: {red: true}}\nwhen: {speed: {above: 0.01}}")
    film = Scene("adam_traffic_demo.mp4", "mov", 20_000, (), (rule,), ())
    sink = RememberingSink()
    run_chunks(film, (0, 9_000, 20_000), detector, sink, tmp_path)
    assert {event.class_name for event in sink.starts.values()} == {"car"}
    assert len(sink.starts) == 3
