"""Footage prepared once for the simulated cameras, and one camera that serves it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from bench.simulator import CameraSpec, Login, SimulatorThread, StreamProfile, footage_encode
from tests.assets import asset_path
from tests.simulator.player import PICTURES_PER_LAP, PICTURES_PER_SECOND

FOOTAGE = "videos/vtest_h264.mp4"
# The footage played six times as fast, with ten keyframes a second, so that no test waits long for pictures.
FAST = StreamProfile(
    frames_per_second=PICTURES_PER_SECOND, keyframe_seconds=0.1, seconds=PICTURES_PER_LAP / PICTURES_PER_SECOND
)
SMALL = replace(FAST, size=(384, 288))
LARGE = replace(FAST, size=(640, 480))
HEVC = replace(FAST, size=(320, 240), codec="hevc")


@pytest.fixture(scope="session")
def footage(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("footage")
    source = asset_path(FOOTAGE)
    profiles = {"small": SMALL, "large": LARGE, "hevc": HEVC}
    return {name: footage_encode(source, folder / f"{name}.mp4", profile) for name, profile in profiles.items()}


@pytest.fixture
def simulator(footage: dict[str, Path]) -> Iterator[SimulatorThread]:
    specs = [
        CameraSpec("gate", footage["small"], sub=footage["large"]),
        CameraSpec("basic", footage["small"], login=Login("guard", "secret")),
        CameraSpec("digest", footage["small"], login=Login("guard", "secret", "digest")),
        CameraSpec("tcp-only", footage["small"], transports=("tcp",)),
        CameraSpec("hevc", footage["hevc"]),
        CameraSpec("hasty", footage["small"], session_timeout_seconds=3),
    ]
    with SimulatorThread(specs) as running:
        yield running
