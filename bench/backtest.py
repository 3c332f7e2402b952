"""`bench backtest`: days of a camera's track log played by rules, camera-days a second, and that nothing is missed.

The day is made of what the real model and tracker found in real footage, again and again, every time as other tracks,
and written as a worker writes it: quantised, in segments of ten minutes. Two days: one with about three objects in the
picture on average, as track logs are sized for, and one of a site that is busy by day and empty at night; and two hours
of the first with what further models would tell, for rules that ask them (told as of a day). ``BENCH_HALL=1`` adds the
day of a hall with a dozen objects on average and forty at its peaks, of which each hour is played as five minutes, and
some minutes to the run; what it costs is told and has no goal: that of time is for a usual camera. Timed is all that a
back-test does with a day: segments are decoded, joined, looked through and played. Parity is measured on an hour of
each day, of the hall on its peak, against an engine that is shown every frame. CPU seconds of one core; BENCH_CACHE as
for `scale`.
"""

from __future__ import annotations

import itertools
import os
import sys
import time
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import numpy as np

from bench.close_looks import with_looks
from bench.criterion import Criterion, at_most, report
from bench.replay.recording import FPS, recorded
from bench.replay.rules import ZONES
from rules.engine.evaluation import ActiveRule, RuleEngine, Started
from rules.engine.frames import FrameTracks
from rules.engine.replay import Replay, ReplayHit, asked_of, joined, segment_table
from rules.engine.schema import ZoneShape, parse_rule
from rules.engine.surroundings import Calibration, SiteClock, Surroundings
from rules.engine.track_log import SegmentOrigin, decode_segment, encode_segment, quantised
from workers.runtime.tracking import Tracker

STEP_MS = 1000 // FPS
HOUR = 3600 * FPS
DAY = 24 * HOUR
LOOKED_AT = 2 * HOUR
SEGMENT = 600 * FPS
JOINED = 16
"""Segments that are played at once: some hours."""
CROWDS = (0, 0, 0, 0, 0, 0, 1, 2, 4, 2, 1, 1, 2, 3, 2, 1, 1, 2, 4, 5, 3, 2, 1, 1)
"""By hour of a crowded day: how many films are played one over another."""
GOAL_SECONDS = 5.0
HALL = os.environ.get("BENCH_HALL", "0") == "1"
NOBODY = FrameTracks(0, np.zeros(0, np.int64), (), np.zeros(0), np.zeros((0, 4)))

RULES = (
    "in_zone: {{zone: {area}, for: 8s}}",
    "{{type: zone_presence, zone: {area}, dwell_seconds: 8}}",
    "{{type: line_crossing, line: {line}}}",
    "all: [{{in_zone: {{zone: {area}, for: 5s}}}}, {{not: {{crosses: {line}}}}}]",
    "count: {{zone: {area}, at_least: 2, for: 3s}}",
    "absent: {{zone: {area}, for: 60s}}",
    "then: {{first: {{crosses: {line}}}, next: {{in_zone: {area}}}, within: 60s}}",
    "all: [{{in_zone: {area}}}, {{stationary: 20s}}]",
    "all: [{{in_zone: {{zone: {area}, for: 3s}}}}, {{speed: {{above: 0.5, for: 1s}}}}]",
    "stationary: 20s",
    "near: {{classes: [person], within: 0.3, for: 10s}}",
    "near: {{classes: [person], within: 0.5, unit: metres, for: 10s}}",
    "alone: {{classes: [person], within: 5, unit: metres, for: 30s}}",
    "in_zone: {{zone: {area}, overlap: 0.5, for: 3s}}",
    "count: {{zone: {area}, at_least: 2, that: {{stationary: 10s}}}}",
    "count: {{zone: {area}, at_least: 2, that: {{speed: {{above: 0.3}}}}}}",
    "queue: {{zone: {area}, at_least: 2, for: 10s}}",
    "density: {{zone: {area}, at_least: 0.2, per: square_metre, for: 3s}}",
    "all: [{{in_zone: {area}}}, {{heading: {{against: {line}, tolerance: 50, for: 2s}}}}]",
    "all: [{{in_zone: {area}}}, {{speed: {{above: 6, unit: km/h, for: 1s}}}}]",
    "tailgating: {{line: {line}, within: 2s}}",
    "rate: {{that: {{crosses: {line}}}, at_least: 6, within: 60s}}",
    "times: {{that: {{in_zone: {area}}}, at_least: 2, within: 5 min}}",
    "lasting: {{that: {{all: [{{in_zone: {area}}}, {{count: {{zone: {area}, at_most: 1}}}}]}}, for: 10s, gap: 3s}}",
    "all: [{{absent: {{zone: {area}, for: 60s}}}}, {{schedule: {{from: '07:00', to: '19:00'}}}}]",
)
"""Each for persons; among them and ``LOOK_RULES`` is every clause of the catalog."""
LOOK_RULES = (
    "pose: falling",
    "pose: {{is: lying, for: 5s}}",
    "pose: {{is: hands_raised, for: 2s}}",
    "all: [{{in_zone: {area}}}, {{pose: running}}]",
    "times: {{that: {{pose: {{is: bending, for: 0.6}}}}, at_least: 3, within: 5 min}}",
    "lacks: {{item: helmet, for: 3s}}",
    "any: [{{lacks: {{item: helmet, gap: 3s}}}}, {{lacks: {{item: vest, gap: 3s}}}}]",
    "wears: {{item: helmet, for: 3s}}",
    "attribute: upper red",
    "camera: covered",
    "camera: {{is: blurred, for: 5s, gap: 10s}}",
    "removed: {{zone: {area}, after: 60s}}",
)
"""About what further models and the picture tell."""
GROUND = Surroundings(
    Calibration(
        ((0.1, 0.4), (0.9, 0.4), (0.9, 0.95), (0.1, 0.95)), ((0.0, 0.0), (20.0, 0.0), (20.0, 25.0), (0.0, 25.0))
    ),
    SiteClock(datetime(2026, 6, 15, tzinfo=UTC), "UTC"),
)
"""A plan for distances in metres, and a clock for schedules."""


@dataclass(frozen=True)
class Day:
    name: str
    zones: tuple[ZoneShape, ...]
    segments: list[bytes]
    objects: float
    empty: float
    share: float = 1
    """Of a day; what it costs is told as of a whole one."""
    rules: Sequence[str] = RULES
    busy: tuple[int, int] = (10 * 6, 11 * 6)
    """From which segment to which parity is measured."""
    usual: bool = True
    """The goals of time are for such days."""


def film(scene: str) -> list[FrameTracks]:
    recording, tracker = recorded(scene), Tracker()
    frames = []
    for number, found in enumerate(recording.frames):
        tracks = tracker.update(found, number * STEP_MS)
        boxes = np.clip(tracks.boxes_xyxy / (recording.size * 2), 0, 1)
        names = tuple(recording.class_names[each] for each in tracks.class_ids)
        frame = FrameTracks(number * STEP_MS, tracks.track_ids, names, tracks.confidences, boxes)
        frames.append(quantised(frame))
    return frames


def played(frames: Sequence[FrameTracks], pauses: Iterator[int]) -> Iterator[FrameTracks]:
    """The film for a day, every time with other tracks; before each time nobody is there for so many frames."""
    highest = max(int(frame.track_ids.max(initial=0)) for frame in frames) + 1
    number, turn = 0, 0
    while number < DAY:
        pause = next(pauses)
        scenes: list[FrameTracks] = [NOBODY] * pause + list(frames)
        for scene in scenes[: DAY - number]:
            ids = scene.track_ids + turn * highest
            yield FrameTracks(number * STEP_MS, ids, scene.class_names, scene.confidences, scene.boxes_xyxy)
            number += 1
        turn += 1


def crowded(frames: Sequence[FrameTracks]) -> Iterator[FrameTracks]:
    """Each hour of ``CROWDS`` in a twelfth of its time; every second film is seen in a mirror."""
    highest = max(int(frame.track_ids.max(initial=0)) for frame in frames) + 1
    mirrored = [
        replace(each, boxes_xyxy=(each.boxes_xyxy * (-1, 1, -1, 1) + (1, 0, 1, 0))[:, [2, 1, 0, 3]]) for each in frames
    ]
    for number in range(LOOKED_AT):
        layers = CROWDS[number * len(CROWDS) // LOOKED_AT]
        seen, ids = [NOBODY], [NOBODY.track_ids]
        for layer in range(layers):
            turn, place = divmod(number + layer * 67, len(frames))
            seen.append((mirrored if layer % 2 else frames)[place])
            ids.append(seen[-1].track_ids + (turn * len(CROWDS) + layer) * highest)
        yield quantised(
            FrameTracks(
                number * STEP_MS,
                np.concatenate(ids),
                tuple(itertools.chain.from_iterable(each.class_names for each in seen)),
                np.concatenate([each.confidences for each in seen]),
                np.concatenate([each.boxes_xyxy for each in seen]),
            )
        )


def day_of(name: str, scene: str, pauses: Iterator[int]) -> Day:
    return recorded_day(name, scene, played(film(scene), pauses))


def looked_at(name: str, scene: str, pauses: Iterator[int]) -> Day:
    """Some hours of a day, since such a day takes long to make."""
    frames = itertools.islice(played(film(scene), pauses), LOOKED_AT)
    day = recorded_day(name, scene, map(quantised, with_looks(frames)))
    return replace(day, share=LOOKED_AT / DAY, rules=LOOK_RULES, busy=(0, 6))


def crowded_day(name: str, scene: str, *, closely: bool = False) -> Day:
    frames = crowded(film(scene))
    day = recorded_day(name, scene, map(quantised, with_looks(frames)) if closely else frames)
    rules = LOOK_RULES if closely else RULES
    return replace(day, share=LOOKED_AT / DAY, rules=rules, busy=(9, 11), usual=False)


def recorded_day(name: str, scene: str, frames: Iterator[FrameTracks]) -> Day:
    origin = SegmentOrigin(camera_id=1, owner_id=uuid.UUID(int=1), epoch=1, interval_ms=STEP_MS)
    segments, waiting, count, objects, empty = [], [], 0, 0, 0
    for frame in frames:
        count += 1
        waiting.append(frame)
        objects += len(frame.track_ids)
        empty += not len(frame.track_ids)
        if len(waiting) == SEGMENT:
            segments.append(encode_segment(origin, waiting))
            waiting = []
    return Day(name, ZONES[scene], segments, objects / count, empty / count)


def always(frames: int) -> Iterator[int]:
    while True:
        yield frames


def site_hours(film_length: int) -> Iterator[int]:
    """From seven to seven there is somebody half of the time; at night nobody comes."""
    number = 0
    while True:
        hour = number // HOUR % 24
        pause = film_length if 7 <= hour < 19 else (7 * HOUR - number if hour < 7 else 31 * HOUR - number)
        number += pause + film_length
        yield max(0, pause)


def replay(day: Day, rule: ActiveRule, segments: Sequence[bytes]) -> tuple[list[ReplayHit], Replay]:
    replaying = Replay(rule, day.zones, GROUND)
    hits: list[ReplayHit] = []
    for first in range(0, len(segments), JOINED):
        asked = asked_of(rule.spec)
        tables = [segment_table(data, asked=asked) for data in segments[first : first + JOINED]]
        hits += replaying.play_columns(joined([table for table in tables if table is not None]))
    return [*hits, *replaying.finish()], replaying


def shown(day: Day, rule: ActiveRule, segments: Sequence[bytes]) -> list[ReplayHit]:
    """By an engine that is shown every frame."""
    engine = RuleEngine([rule], day.zones, GROUND)
    hits: dict[tuple[int, int], Started] = {}
    found = []
    transitions = [each for data in segments for frame in decode_segment(data) for each in engine.step(frame)]
    for each in [*transitions, *engine.finish()]:
        key = (each.track_id, each.start_ms)
        if isinstance(each, Started):
            hits[key] = each
        else:
            found.append(ReplayHit(hits.pop(key), each.end_ms))
    return found


def in_order(hits: Sequence[ReplayHit]) -> list[ReplayHit]:
    return sorted(hits, key=lambda hit: (hit.started.at_ms, hit.started.track_id, hit.started.start_ms))


def measure(day: Day) -> list[Criterion]:
    """Prints a line a rule; gives what is asked of the day as a whole."""
    size = sum(map(len, day.segments)) / 1e6
    print(f"{day.name}: {day.objects:.2f} objects on average, {day.empty:.0%} of frames empty, {size:.1f} MB")
    area, line = (next(zone.name for zone in day.zones if zone.kind == kind) for kind in ("polygon", "line"))
    slowest, of_rule, same, expected = 0.0, "", 0, 0
    for number, text in enumerate(day.rules, start=1):
        when = text.format(area=area, line=line)
        document = f"name: a\nwho: {{classes: [person]}}\nwhen:\n  {when}\n"
        rule = ActiveRule(number, 1, parse_rule(document))
        begun = time.process_time()
        hits, replaying = replay(day, rule, day.segments)
        spent = (time.process_time() - begun) / day.share
        slowest, of_rule = max((slowest, of_rule), (spent, when))
        assert not replaying.unusable, replaying.unusable
        print(f"  {spent:5.2f} s, {replaying.steps:6d} frames shown, {len(hits):5d} hits: {when}")
        busy = day.segments[slice(*day.busy)]
        fast, slow = in_order(replay(day, rule, busy)[0]), in_order(shown(day, rule, busy))
        same += sum(one == other for one, other in zip(fast, slow, strict=False))
        expected += max(len(fast), len(slow))
    parity = Criterion(f"{day.name}: parity over {expected} hits", 100 * same / max(1, expected), "", 1, 100, "%")
    if not day.usual:
        print(f"{day.name}: {slowest:.2f} CPU seconds a camera-day, the slowest rule ({of_rule}); no goal")
        return [parity]
    return [
        at_most(f"{day.name}: CPU seconds a camera-day, the slowest rule ({of_rule})", slowest, GOAL_SECONDS, "s"),
        Criterion(
            f"{day.name}: camera-days a second, the slowest rule", 1 / slowest, "", 1, 1 / GOAL_SECONDS, "a second"
        ),
        parity,
    ]


def main() -> int:
    """Prints a line a criterion; 0 when every goal is reached."""
    table = film("table")
    days = [
        day_of("three objects", "campus", always(600)),
        day_of("a site by day", "table", site_hours(len(table))),
        looked_at("three objects, looked at closely", "campus", always(600)),
    ]
    if HALL:
        days.append(crowded_day("a crowded hall", "campus"))
        days.append(crowded_day("a crowded hall, looked at closely", "campus", closely=True))
    return report([criterion for day in days for criterion in measure(day)])


if __name__ == "__main__":
    sys.exit(main())
