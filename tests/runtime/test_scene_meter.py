"""What is measured of a picture as a whole, on made-up views and on real footage."""

from __future__ import annotations

import json

import cv2
import numpy as np
import pytest
from av.video.frame import VideoFrame
from numpy.typing import NDArray

from rules.engine.frames import SceneSignals
from tests.runtime.footage import TABLE
from workers.runtime.recording import Recording, open_recording
from workers.runtime.scene_meter import ADOPTED_MS, EVERY_MS, SceneMeter
from workers.runtime.source import SampledReader, Sampling

Grey = NDArray[np.uint8]
TILES: Grey = np.random.default_rng(3).integers(30, 220, (18, 32), np.uint8).repeat(20, axis=0).repeat(20, axis=1)
SCENE: Grey = np.asarray(cv2.GaussianBlur(TILES, (5, 5), 0), np.uint8)


def signals(meter: SceneMeter, scene: Grey, at_ms: int) -> SceneSignals:
    found = meter.measure(VideoFrame.from_ndarray(scene, format="gray8"), at_ms)
    assert found is not None
    return found


def moved(share: float) -> Grey:
    return np.roll(SCENE, round(share * SCENE.shape[1]), axis=1)


@pytest.fixture
def meter() -> SceneMeter:
    used = SceneMeter()
    signals(used, SCENE, 0)
    return used


def test_frames_in_between_are_not_measured(meter: SceneMeter) -> None:
    assert meter.measure(VideoFrame.from_ndarray(SCENE, format="gray8"), EVERY_MS - 1) is None


def test_a_hand_on_the_lens_leaves_no_contrast(meter: SceneMeter) -> None:
    covered = signals(meter, np.full_like(SCENE, 90), 1_000)
    assert covered.contrast is not None and covered.contrast < 0.01
    assert covered.shift is None


def test_the_darkest_picture_is_dark_whatever_its_levels(meter: SceneMeter) -> None:
    black = VideoFrame.from_ndarray(np.zeros((360, 640, 3), np.uint8), format="rgb24").reformat(format="yuv420p")
    found = meter.measure(black, 1_000)
    assert found is not None and found.brightness is not None and found.brightness < 0.02


def test_a_lens_out_of_focus_is_less_sharp(meter: SceneMeter) -> None:
    sharp = signals(meter, SCENE, 1_000).sharpness
    blurred = signals(meter, np.asarray(cv2.GaussianBlur(SCENE, (31, 31), 0), np.uint8), 2_000).sharpness
    assert sharp is not None and blurred is not None and blurred < 0.2 * sharp


@pytest.mark.parametrize(("share", "least", "most"), [(0.0, 0, 0.001), (0.1, 0.08, 0.12), (0.5, 0.4, 1)])
def test_a_turned_camera_shows_how_far(share: float, least: float, most: float, meter: SceneMeter) -> None:
    shift = signals(meter, moved(share), 1_000).shift
    assert shift is not None and least <= shift <= most


def test_less_light_is_no_movement(meter: SceneMeter) -> None:
    assert signals(meter, SCENE // 2, 1_000).shift == 0


def test_a_new_view_is_the_usual_one_after_a_while(meter: SceneMeter) -> None:
    assert signals(meter, moved(0.3), 1_000).shift != 0
    signals(meter, moved(0.3), ADOPTED_MS)
    assert signals(meter, moved(0.3), ADOPTED_MS + 1_000).shift == 0


def test_it_goes_on_from_a_saved_state(meter: SceneMeter) -> None:
    other = SceneMeter.of_state(json.loads(json.dumps(meter.state())))
    assert signals(other, moved(0.1), 1_000) == signals(meter, moved(0.1), 1_000)


@pytest.mark.slow
def test_people_before_the_camera_do_not_move_it() -> None:
    meter = SceneMeter()
    with open_recording(Recording(TABLE.path)) as source:
        measured = [meter.measure(frame.picture, frame.at_ms) for frame in SampledReader(source, Sampling(1))]
    shifts = [each.shift for each in measured if each is not None and each.shift is not None]
    assert len(shifts) > 100
    assert max(shifts) < 0.05
