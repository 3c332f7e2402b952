"""The whole line from a recording to events, clips, snapshots and boxes, with the real model on real footage."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import av
import cv2
import numpy as np
import pytest

from rules.engine.evaluation import ActiveRule, RuleEngine
from rules.engine.track_log import decode_segment, encode_segment
from tests.engine.track_log.frames import ORIGIN, plains
from tests.engine.walks import ended, play, started
from tests.runtime.chunks import RememberingSink, chunk_work, run_chunks
from tests.runtime.footage import CAMPUS, CAMPUS_AVI, MOTORWAY, TABLE, Scene, differences
from workers.runtime.contract import DetectorKind, event_key
from workers.runtime.detectors import DetectorSettings, load_detector
from workers.runtime.detectors.base import Detector
from workers.runtime.pipeline import DetectorChangedError, PipelineState, process_chunk

pytestmark = pytest.mark.slow


@dataclass(frozen=True, slots=True)
class Analysed:
    scene: Scene
    sink: RememberingSink
    frames: int
    lost: int


def analyse(scene: Scene, detector: Detector, folder: Path) -> Analysed:
    sink = RememberingSink()
    (result,) = run_chunks(scene, (0, scene.duration_ms), detector, sink, folder)
    return Analysed(scene, sink, result.frames_analysed, result.frames_lost)


@pytest.fixture(scope="module")
def campus(detector: Detector, tmp_path_factory: pytest.TempPathFactory) -> Analysed:
    return analyse(CAMPUS, detector, tmp_path_factory.mktemp("campus"))


def test_the_campus_gives_the_events_that_a_person_sees(campus: Analysed) -> None:
    assert differences(CAMPUS, campus.sink.found(CAMPUS)) == []
    assert (campus.frames, campus.lost) == (398, 0)


def test_every_event_ends_and_has_its_clip_and_snapshot(campus: Analysed) -> None:
    sink = campus.sink

    assert sink.ends.keys() == sink.clips.keys() == sink.snapshots.keys() == sink.starts.keys()
    assert all(sink.ends[event_id].end_ms >= event.start_ms for event_id, event in sink.starts.items())


def test_an_events_id_is_made_of_its_job_rule_track_and_moment(campus: Analysed) -> None:
    for event_id, event in campus.sink.starts.items():
        assert event_id == event_key(event.job_id, event.rule_id, event.rule_version, event.track_id, event.start_ms)


def test_the_same_rules_find_in_the_track_log_exactly_what_they_found_live(campus: Analysed) -> None:
    rules = [ActiveRule(number, 1, spec) for number, spec in enumerate(CAMPUS.rules, start=1)]
    log = encode_segment(ORIGIN, campus.sink.frames, finished=True)
    transitions = play(RuleEngine(rules, CAMPUS.zones), decode_segment(log))
    assert [(each.rule_id, each.track_id, each.start_ms, each.evidence) for each in started(transitions)] == [
        (event.rule_id, event.track_id, event.start_ms, event.evidence) for event in campus.sink.starts.values()
    ]
    ends = {(each.rule_id, each.track_id, each.start_ms): each.end_ms for each in ended(transitions)}
    assert ends == {
        (event.rule_id, event.track_id, event.start_ms): campus.sink.ends[event_id].end_ms
        for event_id, event in campus.sink.starts.items()
    }


def test_clips_reach_from_the_pre_roll_to_the_post_roll(campus: Analysed) -> None:
    for event_id, event in campus.sink.starts.items():
        path, meta, _ = campus.sink.clips[event_id]
        spec = CAMPUS.rules[event.rule_id - 1]
        end_ms = min(campus.sink.ends[event_id].end_ms + spec.post_roll_seconds * 1000, CAMPUS.duration_ms)
        assert meta.start_ms <= event.start_ms - spec.pre_roll_seconds * 1000
        assert meta.start_ms + meta.duration_ms >= end_ms
        assert meta.moment_ms == event.start_ms - meta.start_ms
        with av.open(str(path)) as container:
            assert sum(1 for _ in container.decode(video=0)) * 100 == meta.duration_ms


def test_the_sidecar_has_the_events_track_at_its_moment_and_others_over_the_whole_clip(campus: Analysed) -> None:
    for event_id, event in campus.sink.starts.items():
        _, meta, sidecar = campus.sink.clips[event_id]
        at_moment = [sample for sample in sidecar.samples if sample.at_ms == meta.moment_ms]
        assert event.track_id in {sample.track_id for sample in at_moment}
        assert sidecar.event_track_id == event.track_id
        assert (sidecar.width, sidecar.height) == (768, 576)
        # Two parked vehicles are seen in nearly every frame.
        times = {sample.at_ms for sample in sidecar.samples}
        assert min(times) <= 400
        assert max(times) >= meta.duration_ms - 400


def test_snapshots_show_the_person(campus: Analysed, detector: Detector) -> None:
    person = detector.class_names.index("person")
    for event_id, path in campus.sink.snapshots.items():
        image = cv2.imdecode(np.frombuffer(path.read_bytes(), np.uint8), cv2.IMREAD_COLOR)
        assert image is not None
        found = detector.submit(np.ascontiguousarray(image[..., ::-1])).result()
        boxes = found.boxes_xyxy[(found.class_ids == person) & (found.confidences > 0.4)] / (768, 576, 768, 576)
        event_boxes = [
            np.array(sample.box_xyxy)
            for sample in campus.sink.clips[event_id][2].samples
            if sample.track_id == campus.sink.starts[event_id].track_id
        ]
        assert min(np.abs(box - seen).max() for box in boxes for seen in event_boxes) < 0.02


def test_chunks_give_the_same_events_and_files_as_the_whole(
    campus: Analysed, detector: Detector, tmp_path: Path
) -> None:
    sink = RememberingSink()
    # The edges fall into pre-rolls, a dwell, post-rolls and, at 56 s, between a frame and the event it completes.
    run_chunks(CAMPUS, (0, 22_000, 54_000, 56_000, 60_000, 79_500), detector, sink, tmp_path)

    # A recording in one piece is read from its start for each clip, a divided one is sought: the files agree.
    assert sink.everything() == campus.sink.everything()
    assert plains(sink.frames) == plains(campus.sink.frames)
    assert sink.is_finished


class KilledError(Exception):
    pass


class KillingSink(RememberingSink):
    def progress(self, position_ms: int, frames_analysed: int) -> None:
        if position_ms >= 56_600:
            raise KilledError


def test_a_chunk_that_was_broken_off_and_repeated_gives_the_same_events(
    campus: Analysed, detector: Detector, tmp_path: Path
) -> None:
    edges_ms = (0, 50_000, 79_500)
    sink = RememberingSink()
    first = process_chunk(chunk_work(CAMPUS, edges_ms, 0, None), CAMPUS.path, detector, sink, tmp_path)
    broken = KillingSink(sink.starts, sink.ends, sink.clips, sink.snapshots)
    with pytest.raises(KilledError):
        process_chunk(chunk_work(CAMPUS, edges_ms, 1, first.state), CAMPUS.path, detector, broken, tmp_path)
    process_chunk(chunk_work(CAMPUS, edges_ms, 1, first.state), CAMPUS.path, detector, sink, tmp_path)

    assert sink.everything() == campus.sink.everything()
    assert list(tmp_path.glob("*.part")) == []


def test_the_state_between_chunks_stays_small(detector: Detector, tmp_path: Path) -> None:
    work = chunk_work(CAMPUS, (50_000, 60_000, 79_500), 0, None)
    result = process_chunk(work, CAMPUS.path, detector, RememberingSink(), tmp_path)

    assert len(str(result.state)) < 64_000


@pytest.mark.parametrize("scene", [CAMPUS_AVI, MOTORWAY, TABLE], ids=["campus_avi", "motorway", "table"])
def test_other_footage_gives_the_events_that_a_person_sees(scene: Scene, detector: Detector, tmp_path: Path) -> None:
    analysed = analyse(scene, detector, tmp_path)

    assert differences(scene, analysed.sink.found(scene)) == []
    assert analysed.sink.clips.keys() == analysed.sink.snapshots.keys() == analysed.sink.starts.keys()


def test_a_torn_recording_is_analysed_as_far_as_it_goes(detector: Detector, tmp_path: Path) -> None:
    torn = Scene("biruk_ppe.mp4", "mov", 1_000, (), (), ())
    analysed = analyse(torn, detector, tmp_path)

    assert analysed.frames == 5
    assert analysed.lost >= 35


def test_a_chunk_that_was_begun_with_another_model_is_refused(tmp_path: Path) -> None:
    state = PipelineState(class_names=("person", "bicycle")).model_dump(mode="json")
    motion = load_detector(DetectorSettings(models_dir=tmp_path, kind=DetectorKind.MOTION))
    with pytest.raises(DetectorChangedError, match="another detection model"):
        process_chunk(chunk_work(CAMPUS, (0, 1000), 0, state), CAMPUS.path, motion, RememberingSink(), tmp_path)
