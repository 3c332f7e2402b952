"""What an ungated run finds in the frames that a camera sent, and how much of it the watched one found."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from bench.camera_load.footage import STEP_MS, LiveFootage
from bench.camera_load.trial import Decided, WatchedCamera
from rules.engine.evaluation import ActiveRule, FrameTracks, RuleEngine, Started
from workers.runtime.detections import Tracks
from workers.runtime.tracking import Tracker

TOLERANCE_MS = 2 * STEP_MS

Moment = tuple[int, int]
"""A rule's id and the event's start in stream time."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """``missed`` and ``extra`` are moments of the ungated and of the watched run that the other has not."""

    expected: int
    missed: list[Moment]
    extra: list[Moment]


def camera_compare(camera: WatchedCamera, class_names: tuple[str, ...]) -> Comparison:
    """Events of a whole run, from its first frame on; those of the last moments count for neither."""
    frames = _frames_sent(camera)
    last_ms = frames[-1][0] - TOLERANCE_MS
    expected = [each for each in _ungated(camera.footage, frames, class_names) if each[1] <= last_ms]
    found = [(event.rule_id, event.start_ms) for event in camera.sink.starts.values()]
    return _compare(expected, [each for each in found if each[1] <= last_ms])


def _compare(expected: list[Moment], found: list[Moment]) -> Comparison:
    left, missed = sorted(found), []
    for rule_id, start_ms in sorted(expected):
        near = [each for each in left if each[0] == rule_id and abs(each[1] - start_ms) <= TOLERANCE_MS]
        if near:
            left.remove(min(near, key=lambda each: abs(each[1] - start_ms)))
        else:
            missed.append((rule_id, start_ms))
    return Comparison(len(expected), missed, left)


def _frames_sent(camera: WatchedCamera) -> list[tuple[int, int]]:
    """Time and number of every frame of the camera, also of those that nobody looked at."""
    decided = camera.runner.decided
    phase = _phase(camera.footage.marks, decided)
    first_ms, last_ms = decided[0].at_ms, decided[-1].at_ms
    times = {round((each.at_ms - first_ms) / STEP_MS): each.at_ms for each in decided}
    steps = range(round((last_ms - first_ms) / STEP_MS) + 1)
    count = len(camera.footage.marks)
    return [(times.get(step, first_ms + step * STEP_MS), (phase + step) % count) for step in steps]


def _phase(marks: list[int], decided: list[Decided]) -> int:
    """Which frame of the footage was the first: what most frames agree on."""
    numbers: dict[int, list[int]] = {}
    for number, mark in enumerate(marks):
        numbers.setdefault(mark, []).append(number)
    first_ms, count = decided[0].at_ms, len(marks)
    votes = [
        (number - round((each.at_ms - first_ms) / STEP_MS)) % count
        for each in decided
        for number in numbers.get(each.mark, ())
    ]
    phases, voices = np.unique(votes, return_counts=True)
    if not len(phases) or voices.max() < 0.9 * len(decided):
        raise SystemExit("the cameras' frames are not those of the footage: no events can be compared")
    return int(phases[voices.argmax()])


def _ungated(footage: LiveFootage, frames: list[tuple[int, int]], class_names: tuple[str, ...]) -> list[Moment]:
    tracker = Tracker()
    rules = [ActiveRule(place, 1, spec) for place, spec in enumerate(footage.rules, start=1)]
    engine = RuleEngine(rules, footage.zones)
    moments = []
    for at_ms, number in frames:
        tracks = tracker.update(footage.found[number], at_ms)
        transitions = engine.step(_normalised(tracks, at_ms, footage.size, class_names))
        started = [each for each in transitions if isinstance(each, Started)]
        moments += [(each.rule_id, each.start_ms) for each in started]
    return moments


def _normalised(tracks: Tracks, at_ms: int, size: tuple[int, int], class_names: tuple[str, ...]) -> FrameTracks:
    return FrameTracks(
        timestamp_ms=at_ms,
        track_ids=tracks.track_ids,
        class_names=tuple(class_names[class_id] for class_id in tracks.class_ids),
        confidences=tracks.confidences,
        boxes_xyxy=np.clip(tracks.boxes_xyxy / (size * 2), 0, 1),
    )
