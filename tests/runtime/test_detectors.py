"""Detectors on real frames."""

from __future__ import annotations

import numpy as np
import pytest
from av.video.reformatter import VideoReformatter

from tests.runtime.footage import CAMPUS
from tests.runtime.pictures import WOMAN_ON_THE_LAWN, frame_at, nearest
from workers.runtime.detections import Detections
from workers.runtime.detectors import Detector
from workers.runtime.detectors.boxes import Letterbox, without_duplicates
from workers.runtime.detectors.motion import MotionDetector
from workers.runtime.recording import Recording, open_recording
from workers.runtime.source import SampledReader, Sampling, to_image


def test_a_box_sits_on_the_person(detector: Detector) -> None:
    distance, class_id = nearest(detector.submit(frame_at(65_000)).result(), WOMAN_ON_THE_LAWN)

    assert distance < 0.03
    assert detector.class_names[class_id] == "person"


@pytest.mark.slow
def test_detections_do_not_depend_on_what_else_is_in_flight(detector: Detector) -> None:
    images = [frame_at(at_ms) for at_ms in (10_000, 30_000, 65_000)]
    alone = [detector.submit(image).result() for image in images]

    futures = [detector.submit(image) for image in images * 4]

    for index, future in enumerate(futures):
        together, expected = future.result(), alone[index % 3]
        assert np.array_equal(together.boxes_xyxy, expected.boxes_xyxy)
        assert np.array_equal(together.confidences, expected.confidences)


@pytest.mark.parametrize("size", [(48, 64), (576, 768), (900, 300), (300, 1_900), (1, 1)])
def test_any_size_of_frame_goes_in_and_boxes_stay_inside(size: tuple[int, int], detector: Detector) -> None:
    image = np.random.default_rng(1).integers(0, 255, (*size, 3), np.uint8)

    boxes = detector.submit(image).result().boxes_xyxy

    assert (boxes >= 0).all()
    assert (boxes <= np.array([size[1], size[0]] * 2)).all()


@pytest.mark.parametrize("size", [(576, 768), (720, 1280), (1_000, 333)])
def test_a_box_survives_the_way_into_the_letterbox_and_back(size: tuple[int, int]) -> None:
    letterbox = Letterbox.fitting(np.zeros((*size, 3), np.uint8), 640, 640)
    box = np.array([[10, 20, 200, 300]], np.float32)
    inside = box * letterbox.scale + np.array([letterbox.left, letterbox.top] * 2, np.float32)

    assert np.allclose(letterbox.to_frame(inside), box, atol=1e-3)


def test_of_two_boxes_on_one_object_the_surer_stays_and_other_classes_are_left_alone() -> None:
    boxes = np.array([[0, 0, 10, 10], [1, 0, 11, 10], [1, 0, 11, 10], [50, 50, 60, 60]], np.float32)

    kept = without_duplicates(boxes, np.array([0, 0, 2, 0], np.int32), 0.7)

    assert kept.tolist() == [0, 2, 3]


def motion_boxes(start_ms: int, end_ms: int, stream: Detector) -> list[Detections]:
    with open_recording(Recording(CAMPUS.path)) as source:
        reader = SampledReader(source, Sampling(5, start_ms, end_ms))
        return [stream.submit(to_image(frame.picture, VideoReformatter())).result() for frame in reader]


def test_motion_finds_a_walking_person_without_weights() -> None:
    found = motion_boxes(58_000, 65_200, MotionDetector().open_stream())[-1]

    left, top, right, bottom = WOMAN_ON_THE_LAWN
    centre = np.array([(left + right) / 2 * 768, (top + bottom) / 2 * 576])
    assert any((box[:2] <= centre).all() and (centre <= box[2:]).all() for box in found.boxes_xyxy)
    assert len(found) < 20


def test_motion_goes_on_from_a_saved_state_as_if_nothing_had_happened() -> None:
    whole = MotionDetector().open_stream()
    expected = motion_boxes(10_000, 14_000, whole)[10:]
    before = MotionDetector().open_stream()
    motion_boxes(10_000, 12_000, before)

    resumed = motion_boxes(12_000, 14_000, MotionDetector().open_stream(before.stream_state()))

    assert [found.boxes_xyxy.tolist() for found in resumed] == [found.boxes_xyxy.tolist() for found in expected]


def test_streams_of_one_motion_detector_do_not_share_a_background() -> None:
    detector = MotionDetector()
    motion_boxes(10_000, 11_000, detector.open_stream())

    assert detector.open_stream().stream_state() is None
