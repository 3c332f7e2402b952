"""Addresses keep their passwords to themselves, also where something goes wrong."""

from __future__ import annotations

import logging
import traceback
import uuid
from dataclasses import replace

import pytest
from pydantic import ValidationError

from bench.simulator import SimulatorThread
from tests.runtime.live.watching import HASTY, Watching
from workers.runtime.contract import CameraConfig, StreamWork
from workers.runtime.live.address import StreamAddress, UnusableAddressError
from workers.runtime.live.conditions import Condition, StreamFault
from workers.runtime.live.connection import Patience, open_connection

SECRET = "hunter2"
CAMERA = CameraConfig(camera_id=1, name="Gate", detect_fps=5, zones=(), rules=())


@pytest.mark.parametrize(
    "url", ["", "rtsp://", "file:///etc/passwd", "/etc/passwd", "rtsp://camera:99999999/", "concat:a|b", "http://[::1/"]
)
def test_only_network_addresses_of_cameras_are_taken(url: str) -> None:
    with pytest.raises(UnusableAddressError) as refused:
        StreamAddress("camera 1", url)

    assert not url or url not in str(refused.value)


def test_an_address_does_not_show_itself() -> None:
    address = StreamAddress("camera 1", f"rtsp://guard:{SECRET}@camera/stream?key={SECRET}")

    assert SECRET not in f"{address} {address!r}"


def test_work_does_not_show_its_addresses_even_where_it_is_refused() -> None:
    url = f"rtsp://guard:{SECRET}@camera/stream"
    work = StreamWork(
        stream_id=uuid.uuid4(), epoch=1, now_ms=0, camera=CAMERA, detect_url=url, clip_url=url, state=None
    )
    with pytest.raises(ValidationError) as refused:
        StreamWork.model_validate(work.model_dump() | {"epoch": "many"})
    with pytest.raises(ValidationError) as misplaced:
        StreamWork.model_validate(work.model_dump() | {"detect_url": {"url": url}})

    assert SECRET not in f"{work!r} {work} {refused.value} {misplaced.value}"


@pytest.mark.parametrize("scheme", ["rtsp", "http"])
def test_no_error_of_opening_holds_the_password(cameras: SimulatorThread, scheme: str) -> None:
    credentials = f"guard:{SECRET}"
    url = (
        cameras.rtsp_url("digest", credentials=credentials)
        if scheme == "rtsp"
        else cameras.http_url("basic/video.ts", credentials=credentials)
    )
    with pytest.raises(StreamFault) as fault:
        open_connection(StreamAddress("camera 1", url), Patience(30, 30))

    assert fault.value.condition is Condition.UNAUTHORISED
    assert fault.value.__context__ is None
    assert SECRET not in "".join(traceback.format_exception(fault.value, chain=True))


@pytest.mark.slow
def test_no_log_line_holds_the_password(cameras: SimulatorThread, caplog: pytest.LogCaptureFixture) -> None:
    camera = cameras.camera("gate")
    url = cameras.rtsp_url("gate", credentials=f"guard:{SECRET}")
    with caplog.at_level(logging.DEBUG), Watching(url, replace(HASTY, patience=Patience(10, 1))) as watching:
        watching.until_frames(2)
        camera.stall()
        watching.until_condition(Condition.STALLED)
        camera.heal()
        watching.until_frames(2)
        camera.refuse()
        camera.drop(reset=True)
        watching.until_condition(Condition.REFUSED)

    assert "camera 1" in caplog.text
    assert SECRET not in caplog.text
