"""The gate before the real model on real footage: what stands still is looked at seldom and never forgotten."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import cast

import numpy as np
import pytest
from av.video.frame import VideoFrame
from av.video.reformatter import VideoReformatter

from rules.engine.evaluation import ActiveRule, FrameTracks, RuleEngine, Started
from rules.engine.schema import RuleSpec, Who, ZonePresence, ZoneShape
from tests.runtime.footage import CAMPUS, TABLE, Scene
from workers.runtime.analysis import StreamAnalysis
from workers.runtime.contract import Priority
from workers.runtime.detections import Detections, Tracks
from workers.runtime.detectors.base import Detector
from workers.runtime.live.batching import BatchSettings
from workers.runtime.live.detector import SharedDetector
from workers.runtime.live.sight import GatedSight, open_sight
from workers.runtime.recording import Recording, open_recording
from workers.runtime.source import SampledFrame, SampledReader, Sampling, to_image
from workers.runtime.tracking import Outlook, Tracker

pytestmark = pytest.mark.slow

EVERYWHERE = ZoneShape(name="Everywhere", kind="polygon", points=((0, 0), (1, 0), (1, 1), (0, 1)))


@dataclass(slots=True)
class Eye:
    """One camera behind a gate, or looked at whole, with its tracks and one rule."""

    detector: Detector
    rule: RuleSpec
    tracker: Tracker = field(default_factory=Tracker)
    started: list[Started] = field(default_factory=list)
    unmoved: int = 0

    def watch(self, frames: list[SampledFrame]) -> list[Tracks]:
        engine = RuleEngine([ActiveRule(1, 1, self.rule)], [EVERYWHERE])
        sight = open_sight(self.detector, Priority.NORMAL, 5)
        seen = []
        for sampled in frames:
            findings = sight.find(sampled, cast(StreamAnalysis, self))
            seen.append(self.tracker.update(findings.detections, sampled.at_ms, findings.looked))
            changes = engine.step(self._normalised(seen[-1], sampled))
            self.started += [each for each in changes if isinstance(each, Started)]
        if isinstance(sight, GatedSight):
            self.unmoved = sight.frames_unmoved
        sight.close()
        return seen

    def submit(self, picture: VideoFrame) -> Future[Detections]:
        return self.detector.submit(to_image(picture, VideoReformatter()))

    def outlook(self, at_ms: int) -> Outlook:
        return self.tracker.outlook(at_ms)

    def _normalised(self, tracks: Tracks, sampled: SampledFrame) -> FrameTracks:
        size = sampled.picture.width, sampled.picture.height
        names = tuple(self.detector.class_names[class_id] for class_id in tracks.class_ids)
        boxes = np.clip(tracks.boxes_xyxy / (size * 2), 0, 1)
        return FrameTracks(sampled.at_ms, tracks.track_ids, names, tracks.confidences, boxes)


@pytest.fixture
def shared(detector: Detector) -> Iterator[SharedDetector]:
    shared = SharedDetector(detector, BatchSettings(deadline_seconds=0.0))
    yield shared
    shared._batcher.close()  # the model itself is other tests' too


def frames_of(scene: Scene, start_ms: int, end_ms: int) -> list[SampledFrame]:
    with open_recording(Recording(scene.path)) as source:
        return list(SampledReader(source, Sampling(5, start_ms, end_ms)))


def staying(seconds: float, *classes: str) -> RuleSpec:
    when = ZonePresence(type="zone_presence", zone="Everywhere", dwell_seconds=seconds)
    return RuleSpec(name="Stays", who=Who(classes=classes), when=when)


def standing_still(sampled: SampledFrame, seconds: float) -> list[SampledFrame]:
    """The picture goes on for so long, with nothing but the noise of a sensor."""
    noise, planes = np.random.default_rng(3), sampled.picture.to_ndarray(format="yuv420p")
    frames = []
    for step in range(1, round(seconds * 5) + 1):
        noisy = np.clip(planes + noise.normal(0, 1.5, planes.shape), 0, 255).astype(np.uint8)
        frames.append(SampledFrame(sampled.at_ms + 200 * step, VideoFrame.from_ndarray(noisy, format="yuv420p")))
    return frames


def test_parked_vehicles_are_told_of_in_every_frame(shared: SharedDetector) -> None:
    frames = frames_of(CAMPUS, 0, 24_000)
    eye = Eye(shared, staying(10, "car", "truck", "bus"))
    seen = eye.watch(frames)

    vehicles = {shared.class_names.index(name) for name in ("car", "truck", "bus")}
    ids = [set(tracks.track_ids[np.isin(tracks.class_ids, list(vehicles))].tolist()) for tracks in seen[10:]]
    lasting = set.intersection(*ids[10:])
    assert len(lasting) >= 1
    assert any(event.track_id in lasting for event in eye.started)


def test_a_person_who_stops_is_known_all_the_time_and_the_dwell_fires_on_time(
    shared: SharedDetector, detector: Detector
) -> None:
    walking = frames_of(TABLE, 6_000, 12_000)
    frames = [*walking, *standing_still(walking[-1], 20)]
    gated, whole = Eye(shared, staying(15, "person")), Eye(detector, staying(15, "person"))
    seen = gated.watch(frames)
    whole.watch(frames)

    assert len(gated.started) == len(whole.started) == 1
    assert abs(gated.started[0].start_ms - whole.started[0].start_ms) <= 200
    assert abs(gated.started[0].at_ms - whole.started[0].at_ms) <= 400
    person = gated.started[0].track_id
    assert all(person in tracks.track_ids for tracks in seen[len(walking) :])
    assert gated.unmoved >= 75


def test_an_empty_room_is_hardly_looked_at(shared: SharedDetector) -> None:
    first = frames_of(TABLE, 0, 200)[0]
    eye = Eye(shared, staying(1, "person"))
    eye.watch([first, *standing_still(first, 30)])

    assert eye.unmoved >= 140
    assert not eye.started
