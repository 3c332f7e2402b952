"""A camera before which somebody falls: the catalog's rule, live, on a host with the pose model and on one without."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from bench.simulator import CameraSpec, SimulatorThread, StreamProfile, footage_encode
from rules.catalog import catalog
from rules.engine.schema import RuleSpec, parse_rule
from tests.runtime.footage import asset
from tests.runtime.live.watch import SETTINGS, LiveRememberingSink, stream_work, until
from workers.runtime.closeups.models import NO_MODELS, CloseupModels
from workers.runtime.contract import StreamWork
from workers.runtime.detectors.base import Detector
from workers.runtime.live.detector import SharedDetector
from workers.runtime.live.marks import NO_MARKS
from workers.runtime.streams.runner import CameraRunners, Outfit, Runner

pytestmark = pytest.mark.slow

FALL = next(rule for rules in catalog().values() for rule in rules if rule.name == "Fall")
BENDING = parse_rule("name: Bending\nwho: {classes: [person]}\nwhen: {pose: bending}")
SOMEBODY = parse_rule("name: Somebody\nwho: {classes: [person]}\nwhen: {in_zone: Everywhere}")
FILM_MS = 5_600
FALLS_AT_MS = 2_000
"""As labelled by those who made the clip."""
PROFILE = StreamProfile(frames_per_second=15, keyframe_seconds=0.4, seconds=FILM_MS / 1000)


@dataclass(frozen=True, slots=True)
class Home:
    """Again and again somebody comes in and falls beside a bed, which the detector sees too."""

    url: str
    began: float

    def work(self, *rules: RuleSpec) -> StreamWork:
        """In stream time that begins with the film."""
        return stream_work(self.url, *rules, now_ms=round((time.monotonic() - self.began) * 1000))


@pytest.fixture
def home(detector: Detector, further_models: CloseupModels, tmp_path: Path) -> Iterator[Home]:
    """The models are loaded before the film begins."""
    film = footage_encode(asset("videos/gmdcsa24/s3_Fall_19.mp4"), tmp_path / "home.mp4", PROFILE)
    with SimulatorThread([CameraSpec("home", film)]) as running:
        yield Home(running.rtsp_url("home"), time.monotonic())


@pytest.fixture
def sink() -> LiveRememberingSink:
    return LiveRememberingSink()


def begun(
    work: StreamWork, detector: Detector, models: CloseupModels, sink: LiveRememberingSink, folder: Path
) -> Runner:
    """As a node watches a camera."""
    runners = CameraRunners(SharedDetector(detector), replace(SETTINGS, models=models))
    runner = runners(work, sink, Outfit(folder, time.monotonic, NO_MARKS, SETTINGS.ring_bytes))
    runner.start()
    return runner


def ended(runner: Runner) -> None:
    runner.suspend(5)
    runner.close()
    assert runner.failure is None


def classes_of(sink: LiveRememberingSink) -> tuple[set[str], set[str]]:
    """Of the tracks, and of those that had key points."""
    seen, with_points = set(), set()
    for frame in sink.frames:
        names = dict(zip(frame.track_ids.tolist(), frame.class_names, strict=True))
        seen |= set(names.values())
        with_points |= {names[each] for each in frame.keypoints}
    return seen, with_points


def test_a_fall_is_told_with_its_evidence_and_only_persons_are_looked_at_closely(
    home: Home, detector: Detector, further_models: CloseupModels, sink: LiveRememberingSink, tmp_path: Path
) -> None:
    runner = begun(home.work(FALL), detector, further_models, sink, tmp_path)
    until(lambda: sink.starts, "the fall")
    ended(runner)

    event = next(iter(sink.starts.values()))
    assert FALLS_AT_MS <= event.start_ms % FILM_MS <= FALLS_AT_MS + 2_000
    assert event.evidence["tracks"] == [event.track_id]
    clause = event.evidence["clauses"]
    assert (clause["clause"], clause["met"], clause["for_seconds"]) == ("pose", True, 0.3)
    assert clause["held_seconds"] >= 0.3
    seen, with_points = classes_of(sink)
    assert "bed" in seen
    assert with_points == {"person"}
    assert any(event.track_id in frame.keypoints for frame in sink.frames)


def test_without_the_model_a_rule_that_needs_it_is_left_out_and_said_so_and_the_others_run(
    home: Home, detector: Detector, sink: LiveRememberingSink, tmp_path: Path
) -> None:
    with capture_logs() as lines:
        runner = begun(home.work(BENDING, FALL, SOMEBODY), detector, NO_MODELS, sink, tmp_path)
    until(lambda: {event.rule_id for event in list(sink.starts.values())} >= {2, 3}, "the other rules' events")
    ended(runner)

    assert [(line["rule_id"], line["reason"]) for line in lines if line["event"] == "rule.unusable"] == [
        (1, "the pose “bending” needs the model “pose”, which this worker does not have")
    ]
    assert {event.rule_id for event in sink.starts.values()} == {2, 3}
    assert classes_of(sink)[1] == set()
