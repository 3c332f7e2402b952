"""The motion gate: what moved since a detector last looked there, on real and on made-up pictures."""

from __future__ import annotations

import numpy as np
import pytest
from av.video.frame import VideoFrame

from tests.runtime.footage import CAMPUS
from workers.runtime.live.gate import GateSettings, MotionGate
from workers.runtime.live.regions import no_regions, whole
from workers.runtime.recording import Recording, open_recording
from workers.runtime.source import SampledReader, Sampling

SIZE = (320, 240)
NOWHERE = np.empty((0, 4))
RANDOM = np.random.default_rng(7)
SCENE = RANDOM.integers(40, 200, (15, 20), np.uint8).repeat(16, axis=0).repeat(16, axis=1)


def picture(scene: np.ndarray) -> VideoFrame:
    """A grey scene through a sensor of some noise."""
    noisy = np.clip(scene.astype(np.int16) + RANDOM.normal(0, 3, scene.shape).astype(np.int16), 0, 255).astype(np.uint8)
    return VideoFrame.from_ndarray(noisy, format="gray8")


def with_object(left: int, top: int, level: int = 250) -> np.ndarray:
    scene = SCENE.copy()
    scene[top : top + 60, left : left + 24] = level
    return scene


@pytest.fixture
def gate() -> MotionGate:
    """Has looked at everything once."""
    gate = MotionGate(SIZE)
    gate.see(picture(SCENE))
    gate.looked(whole(SIZE))
    return gate


def test_the_first_picture_moves_everywhere() -> None:
    assert MotionGate(SIZE).see(picture(SCENE)).is_everything


def test_a_still_scene_with_the_noise_of_a_sensor_does_not_move(gate: MotionGate) -> None:
    for _ in range(20):
        assert not gate.boxes(gate.see(picture(SCENE)), no_regions()).size


def test_an_object_that_comes_is_boxed(gate: MotionGate) -> None:
    boxes = gate.boxes(gate.see(picture(with_object(100, 80))), no_regions())

    assert len(boxes) == 1
    left, top, right, bottom = boxes[0]
    assert left <= 100 and top <= 80 and right >= 124 and bottom >= 140
    assert right - left < 24 + 40


def test_what_stands_still_moves_until_somebody_looks_and_then_no_more(gate: MotionGate) -> None:
    for _ in range(5):
        motion = gate.see(picture(with_object(100, 80)))
        assert len(gate.boxes(motion, no_regions())) == 1
    gate.looked(np.array([[90, 70, 140, 150]], np.int32))

    assert not gate.boxes(gate.see(picture(with_object(100, 80))), no_regions()).size
    # ... and its leaving is seen again.
    assert len(gate.boxes(gate.see(picture(SCENE)), no_regions())) == 1


def test_what_moves_inside_a_region_that_is_looked_at_anyway_is_left_out(gate: MotionGate) -> None:
    motion = gate.see(picture(with_object(100, 80)))

    assert not gate.boxes(motion, np.array([[80, 60, 150, 160]], np.int32)).size
    assert gate.hot_cells(motion, np.array([[100.0, 80, 124, 140], [200.0, 10, 260, 60]]))[0] >= 15
    assert gate.hot_cells(motion, np.array([[200.0, 10, 260, 60]])) == [0]


def test_a_change_of_the_light_moves_everything(gate: MotionGate) -> None:
    brighter = np.clip(SCENE.astype(np.int16) + 25, 0, 255).astype(np.uint8)

    assert gate.see(picture(brighter)).is_everything


def test_a_slow_change_adds_up_until_somebody_looks(gate: MotionGate) -> None:
    scenes = [SCENE.copy() for _ in range(12)]
    for step, scene in enumerate(scenes):
        scene[80:140, 100:124] = np.clip(SCENE[80:140, 100:124].astype(np.int16) + 2 * step, 0, 255)
    moved = [bool(gate.boxes(gate.see(picture(scene)), no_regions()).size) for scene in scenes]

    assert not moved[0]
    assert moved[-1]


def test_a_flickering_screen_is_learnt_as_noise_and_a_person_before_it_is_still_seen(gate: MotionGate) -> None:
    def flickering(scene: np.ndarray, step: int) -> np.ndarray:
        flicker = scene.copy()
        flicker[40:88, 160:240] = scene[40:88, 160:240] + (12 if step % 2 else 0)
        return flicker

    looks = []
    for step in range(120):
        boxes = gate.boxes(gate.see(picture(flickering(SCENE, step))), no_regions())
        regions = np.rint(boxes).astype(np.int32)
        gate.looked(regions)
        gate.learn(regions, NOWHERE)
        looks.append(len(boxes) > 0)
    person = flickering(SCENE, 0)
    person[44:84, 190:214] = np.where(SCENE[44:84, 190:214] > 120, 20, 230)

    assert sum(looks[:10]) >= 4
    assert sum(looks[-30:]) == 0
    assert gate.boxes(gate.see(picture(person)), no_regions()).size


def test_noise_is_never_learnt_where_objects_are(gate: MotionGate) -> None:
    place = np.array([[90.0, 70, 140, 150]])
    for step in range(60):
        gate.see(picture(with_object(100, 80) if step % 2 else SCENE))
        gate.looked(whole(SIZE))
        gate.learn(whole(SIZE), place)

    assert gate.boxes(gate.see(picture(with_object(100, 80, 30))), no_regions()).size


def test_on_real_footage_the_parked_vehicle_is_quiet_and_the_walkers_are_not() -> None:
    gate = MotionGate((768, 576), GateSettings())
    parked, moved = np.array([[625.0, 40, 735, 100]]), 0
    with open_recording(Recording(CAMPUS.path)) as source:
        for sampled in SampledReader(source, Sampling(5, 0, 4_000)):
            motion = gate.see(sampled.picture)
            if not motion.is_everything:
                assert gate.hot_cells(motion, parked)[0] <= 2
                moved += len(gate.boxes(motion, no_regions())) > 0
            gate.looked(whole((768, 576)))

    assert moved >= 15
