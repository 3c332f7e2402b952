"""The same cameras from an event loop and from a process of their own."""

from __future__ import annotations

import asyncio
import json
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from bench.simulator import CameraSpec, Simulator, SimulatorProcess
from tests.simulator.player import camera_open, camera_play, camera_watch

pytestmark = pytest.mark.slow


def _first_width(url: str) -> int:
    with camera_open(url) as container:
        return camera_play(container, 1).widths[0]


async def test_a_simulator_serves_from_an_event_loop(footage: dict[str, Path]) -> None:
    async with Simulator([CameraSpec("gate", footage["small"])]) as simulator:
        assert await asyncio.to_thread(_first_width, simulator.rtsp_url("gate")) == 384
        assert simulator.camera("gate").counts.rtsp_connections == 1


@pytest.fixture(scope="module")
def process(footage: dict[str, Path]) -> Iterator[SimulatorProcess]:
    with SimulatorProcess("--cameras", "2", str(footage["small"])) as running:
        yield running


def test_a_process_serves_cameras_and_takes_faults_at_its_control_port(process: SimulatorProcess) -> None:
    camera = process.camera("cam1")
    seen = camera_watch(process.rtsp_url("cam1"), camera.drop)
    assert seen.ended
    assert camera.counts.plays == 1
    assert process.camera("cam0").counts.plays == 0


def test_the_control_port_explains_a_wrong_command(process: SimulatorProcess) -> None:
    url = f"http://127.0.0.1:{process.ports.control}/cameras/cam0/faults"
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(urllib.request.Request(url, data=b'{"fault": "explode"}'), timeout=30)
    with refused.value as answer:
        assert answer.code == 400
        assert "explode" in answer.read().decode()


def test_the_control_port_lists_the_faults_until_the_camera_is_healed(process: SimulatorProcess) -> None:
    camera = process.camera("cam0")
    camera.stall()
    assert _faults(process) == ["stall"]
    camera.heal()
    assert _faults(process) == []


def _faults(process: SimulatorProcess) -> list[str]:
    with urllib.request.urlopen(f"http://127.0.0.1:{process.ports.control}/cameras", timeout=30) as answer:
        faults: list[str] = json.load(answer)[0]["faults"]
    return faults
