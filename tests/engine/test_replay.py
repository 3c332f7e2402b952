"""A replay finds what an engine finds that is shown every frame, though it shows its own only a few."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from rules.engine.evaluation import ActiveRule, RuleEngine, Started
from rules.engine.frames import FrameTracks, SceneSignals
from rules.engine.replay import Replay, ReplayHit, asked_of, columns_of, why_not_at
from rules.engine.schema import parse_rule
from rules.engine.surroundings import Surroundings
from rules.engine.track_log import ONLY_TRACKS, Asked
from tests.engine.test_properties import WHENS
from tests.engine.walks import play
from tests.engine.worlds import NOON, PLAN, ZONES, Body, frame_of

MORE = (
    "{type: zone_presence, zone: yard, dwell_seconds: 0.5, gap_seconds: 0.4}",
    "{type: line_crossing, line: gate}",
    "all: [{in_zone: yard}, {crosses: lane}]",
    "all: [{in_zone: {zone: dock, for: 0.4}}, {not: {in_zone: post}}]",
    "any: [{in_zone: post}, {crosses: gate}]",
    "any: [{crosses: gate}, {crosses: lane}]",
    "then: {first: {crosses: gate}, next: {crosses: gate}, within: 3}",
    "then: {first: {in_zone: dock}, next: {in_zone: dock}, within: 3, without: {in_zone: post}}",
    "lasting: {that: {outside: {zone: [yard], gap: 0.2}}, for: 0.7, gap: 0.5}",
    "then: {first: {crosses: gate}, next: {in_zone: yard}, within: 3}",
    "then: {first: {crosses: gate}, next: {crosses: lane}, within: 3, by: another}",
    "count: {zone: yard, at_least: 1, at_most: 1, for: 0.3, gap: 0.2}",
    "count: {at_most: 2}",
    "not: {count: {zone: dock, at_least: 1}}",
    "all: [{in_zone: dock}, {heading: {towards: right}}]",
    "all: [{in_zone: {zone: post, point: centre}}, {near: {classes: [car], within: 0.7}}]",
    "in_zone: {zone: [post, dock], point: top, for: 0.5}",
    "all: [{absent: {zone: post, for: 0.5}}, {in_zone: dock}]",
    "any: [{absent: {zone: post, for: 0.5}}, {in_zone: dock}]",
    "all: [{in_zone: yard}, {schedule: {from: '12:00', to: '24:00'}}]",
    "rate: {that: {in_zone: dock}, at_least: 2, within: 2}",
    "speed: {above: 0.4, below: 6, for: 0.4, gap: 0.2}",
    "not: {speed: {below: 0.5}}",
    "speed: {above: 1, unit: m/s, for: 0.3}",
    "all: [{in_zone: yard}, {speed: {below: 2, unit: km/h}}]",
    "speed: {above: 0}",
    "all: [{in_zone: {zone: yard, gap: 4}}, {speed: {below: 0.3, for: 0.6}}]",
    "then: {first: {speed: {above: 1}}, next: {heading: {along: gate}}, within: 3, by: anyone}",
    "heading: {towards: right, min_speed: 0.01, gap: 0.3}",
    "count: {zone: yard, at_least: 1, that: {speed: {above: 0.5}}}",
    "stationary: {for: 0.6, within: 0.1, gap: 0.3}",
    "stationary: {for: 1, gap: 0}",
    "all: [{in_zone: yard}, {stationary: {for: 0.9, within: 0.3, gap: 1}}]",
    "not: {stationary: {for: 0.4, gap: 0.2}}",
    "then: {first: {stationary: {for: 0.5}}, next: {crosses: gate}, within: 5}",
    "near: {classes: [car, person], within: 3, unit: metres, for: 0.4}",
    "all: [{outside: dock}, {alone: {classes: [person], within: 2.5, unit: metres, for: 0.6, gap: 0.3}}]",
    "in_zone: {zone: yard, overlap: 0.4, for: 0.4, gap: 0.3}",
    "outside: {zone: [dock, post], overlap: 0.7, for: 1}",
    "count: {zone: yard, at_least: 2, that: {in_zone: {zone: post, overlap: 0.2}}, for: 0.4}",
    "count: {at_least: 1, at_most: 2, that: {near: {classes: [car], within: 4, unit: metres, for: 0.4}}}",
    "count: {zone: dock, at_least: 1, that: {stationary: 1}}",
    "count: {zone: yard, at_least: 2, that: {count: {zone: dock, at_least: 1, gap: 0.3}}}",
    "then: {first: {in_zone: yard}, next: {crosses: gate}, within: 3, without: {count: {zone: post, at_least: 1}}}",
    "queue: {zone: yard, at_least: 2, slower_than: 0.4, for: 0.8, gap: 0.3}",
    "all: [{near: {classes: [person, car], within: 0.8, gap: 0.3}}, {in_zone: yard}]",
    "not: {alone: {classes: [car, person], within: 2, min_confidence: 0.6}}",
)
WHOS = ("{}", "{classes: [person], min_confidence: 0.5}", "{min_height: 0.15}")
RULES = [
    ActiveRule(number, 1, parse_rule(f"name: rule {number}\nwho: {who}\nwhen:\n  {when}\n{cooldown}"))
    for number, (when, who, cooldown) in enumerate(
        [(when, who, "") for who in WHOS for when in (*WHENS, *MORE)]
        + [(MORE[0], "{}", "deduplicate: {by: camera, cooldown: 1}\n")],
        start=1,
    )
]
SHARE = 8
"""An example tries every eighth rule."""
places = st.sampled_from([0.05, 0.2, 0.3, 0.45, 0.49, 0.495, 0.505, 0.51, 0.55, 0.7, 0.9])
bodies = st.builds(
    Body,
    places,
    st.sampled_from([0.48, 0.55, 0.7, 0.95]),
    st.sampled_from(["person", "person", "car"]),
    st.sampled_from([0.2, 0.45, 0.9]),
    st.sampled_from([0.05, 0.2]),
    st.sampled_from([0.1, 0.3]),
)
Scenes = list[tuple[int, int, dict[int, Body]]]
walks: st.SearchStrategy[Scenes] = st.lists(
    st.tuples(
        st.sampled_from([100, 200, 200, 200, 700, 5_000]),
        st.integers(1, 6),
        st.dictionaries(st.integers(1, 4), bodies, max_size=4),
    ),
    min_size=1,
    max_size=14,
)


def film(scenes: Scenes) -> list[FrameTracks]:
    """Each scene stands still for some frames."""
    frames, at_ms = [], 0
    for step, repeats, seen in scenes:
        for number in range(repeats):
            at_ms += step if not number else 200
            frames.append(frame_of(at_ms, seen))
    return frames


def replayed(rule: ActiveRule, portions: Sequence[Sequence[FrameTracks]]) -> tuple[list[ReplayHit], Replay]:
    replay = Replay(rule, ZONES, Surroundings(PLAN, NOON))
    assert replay.unusable == ""
    hits = [hit for portion in portions for hit in replay.play(portion)]
    return [*hits, *replay.finish()], replay


def stepped(rule: ActiveRule, frames: Sequence[FrameTracks]) -> list[ReplayHit]:
    """What the engine says that is shown every frame."""
    hits: dict[tuple[int, int], ReplayHit] = {}
    over = []
    for each in play(RuleEngine([rule], ZONES, Surroundings(PLAN, NOON)), frames):
        key = (each.track_id, each.start_ms)
        if isinstance(each, Started):
            hits[key] = ReplayHit(each, None)
        else:
            over.append(replace(hits.pop(key), end_ms=each.end_ms))
    assert not hits
    return by_start(over)


def by_start(hits: Sequence[ReplayHit]) -> list[ReplayHit]:
    return sorted(hits, key=lambda hit: (hit.started.at_ms, hit.started.track_id, hit.started.start_ms))


@settings(
    deadline=None,
    phases=(Phase.explicit, Phase.reuse, Phase.generate),
    max_examples=25,
    suppress_health_check=[HealthCheck.too_slow],
)
@given(walks, st.data())
def test_a_replay_finds_exactly_what_stepping_every_frame_finds(scenes: Scenes, data: st.DataObject) -> None:
    frames = film(scenes)
    cut = data.draw(st.integers(0, len(frames)))
    for rule in RULES[data.draw(st.integers(0, SHARE - 1)) :: SHARE]:
        found, _ = replayed(rule, [frames[:cut], frames[cut:]])
        assert by_start(found) == stepped(rule, frames), rule.spec.when


def long_day(minutes: int) -> list[FrameTracks]:
    """Every ten minutes somebody stands in the yard for a minute; a car is parked at the dock all day."""
    parked = Body(0.7, 0.7, "car")
    return [
        frame_of(at_ms, {1: parked, **({2 + at_ms // 600_000: Body(0.45, 0.7)} if at_ms % 600_000 < 60_000 else {})})
        for at_ms in range(0, minutes * 60_000, 200)
    ]


@pytest.mark.parametrize(
    "when",
    [
        "in_zone: {zone: yard, for: 10s}",
        "{type: zone_presence, zone: yard, dwell_seconds: 10}",
        "count: {zone: yard, at_least: 1, for: 10}",
        "all: [{in_zone: {zone: yard, for: 10s}}, {schedule: {from: '12:10', to: '13:00'}}]",
    ],
)
def test_frames_in_which_nothing_changes_are_not_shown(when: str) -> None:
    frames = long_day(60)
    rule = ActiveRule(1, 1, parse_rule(f"name: a\nwho: {{classes: [person]}}\nwhen:\n  {when}\n"))
    found, replay = replayed(rule, [frames])
    assert found == stepped(rule, frames)
    assert len(found) >= 5
    assert replay.frames == len(frames)
    assert replay.steps < 60


def test_a_track_that_cannot_matter_is_left_out_and_changes_nothing() -> None:
    """It walks round the line's end while nobody looks: between the frames that are shown it seems to have crossed."""
    rule = ActiveRule(1, 1, parse_rule("name: a\nwhen: {crosses: lane}\n"))
    lane_ends = 0.9
    around = [(0.95, 0.45 + 0.01 * number) for number in range(12)]
    assert all(x > lane_ends for x, _ in around)
    path = [(0.7, 0.45), (0.8, 0.45), *around, (0.8, 0.56), (0.7, 0.56)]
    frames = [frame_of(200 * number, {1: Body(x, y)}) for number, (x, y) in enumerate(path)]
    frames += [frame_of(10_000 + 200 * number, {2: Body(0.5, 0.4 + 0.05 * number)}) for number in range(6)]
    found, _ = replayed(rule, [frames])
    assert found == stepped(rule, frames)
    assert [hit.started.track_id for hit in found] == [2]


def test_frames_that_tell_more_than_tracks_are_shown_one_by_one() -> None:
    frames = [frame_of(200 * number, {}, signals=SceneSignals(brightness=0.01)) for number in range(60)]
    assert columns_of(frames) is None
    rule = ActiveRule(1, 1, parse_rule("name: a\nwhen: {camera: dark}\n"))
    found, replay = replayed(rule, [frames])
    assert [hit.started.start_ms for hit in found] == [5_000]
    assert replay.steps == replay.frames == 60


@pytest.mark.parametrize(
    ("text", "asked"),
    [
        ("when: {all: [{in_zone: yard}, {speed: {above: 1}}]}", ONLY_TRACKS),
        ("when: {not: {lacks: helmet}}", Asked.ITEMS),
        ("when: {all: [{in_zone: yard}, {pose: lying}]}", Asked.BODIES),
        ("when: {camera: dark}", Asked.SIGNALS),
        ("who: {attributes: {uniform: true}}\nwhen: {in_zone: yard}", Asked.ATTRIBUTES),
        ("when: {count: {zone: yard, at_least: 1, who: {model: names}}}", Asked.MODELS),
    ],
)
def test_a_rule_says_what_it_asks_for_beside_tracks(text: str, asked: Asked) -> None:
    assert asked_of(parse_rule(f"name: a\n{text}\n")) == asked


def test_a_hit_that_goes_on_at_the_end_is_known_as_unfinished() -> None:
    replay = Replay(ActiveRule(1, 1, parse_rule("name: a\nwhen: {in_zone: yard}\n")), ZONES)
    assert replay.play([frame_of(200 * number, {1: Body(0.2, 0.7)}) for number in range(5)]) == []
    assert [hit.end_ms for hit in replay.unfinished()] == [None]
    assert [hit.end_ms for hit in replay.finish()] == [800]


def test_columns_give_back_the_frames_they_were_made_of() -> None:
    frames = [frame_of(0, {}), frame_of(200, {2: Body(0.2, 0.7), 1: Body(0.4, 0.7, "car")}), frame_of(200, {})]
    columns = columns_of(frames)
    assert columns is not None
    assert len(columns) == 2
    again = columns.frame(1)
    assert again.track_ids.tolist() == [1, 2]
    assert again.class_names == ("car", "person")
    assert np.array_equal(again.boxes_xyxy[0], frames[1].boxes_xyxy[1])


def test_why_not_says_what_was_missing_in_the_last_frame() -> None:
    rule = ActiveRule(1, 1, parse_rule("name: a\nwhen: {in_zone: {zone: yard, for: 10}}\n"))
    frames = [frame_of(200 * number, {1: Body(0.2, 0.7)}) for number in range(11)]
    (answer,) = why_not_at([rule], ZONES, frames)
    assert not answer.met
    assert answer.missing[0]["held_seconds"] == 2.0
