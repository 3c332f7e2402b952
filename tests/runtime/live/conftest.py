"""Footage as cameras would send it, and cameras that send it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from bench.simulator import CameraSpec, Login, SimulatorThread, StreamProfile, footage_encode
from tests.runtime.footage import asset

SMALL = StreamProfile(frames_per_second=10, size=(384, 288), keyframe_seconds=0.5, seconds=10)


@pytest.fixture(scope="session")
def live_footage(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("live")
    profiles = {
        "small": SMALL,
        "large": replace(SMALL, size=(640, 480)),
        "hevc": replace(SMALL, size=(320, 240), codec="hevc", seconds=4),
    }
    source = asset("videos/vtest_h264.mp4")
    return {name: footage_encode(source, folder / f"{name}.mp4", profile) for name, profile in profiles.items()}


@pytest.fixture
def cameras(live_footage: dict[str, Path]) -> Iterator[SimulatorThread]:
    small = live_footage["small"]
    specs = [
        CameraSpec("gate", small, sub=live_footage["large"]),
        CameraSpec("basic", small, login=Login("guard", "pass word/1")),
        CameraSpec("digest", small, login=Login("guard", "pass word/1", "digest")),
        CameraSpec("udp-only", small, transports=("udp",)),
        CameraSpec("hevc", live_footage["hevc"]),
        CameraSpec("talking", small, has_sound=True),
    ]
    with SimulatorThread(specs) as running:
        yield running
