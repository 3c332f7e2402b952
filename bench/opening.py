"""`bench opening`: how soon a live camera's first picture is there, by every way in which cameras are read.

From the beginning of the connection to the first frame for the analysis. The camera sends a keyframe with each picture,
ten a second, so that hardly any waiting for one is in it; over HLS the first segments are there already. Everything is
on one machine: what a network adds is left out. The connections are guarded as a worker's are.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median

from bench.criterion import Criterion, at_most, report
from bench.simulator import CameraSpec, Login, SimulatorThread, StreamProfile, footage_encode
from tests.runtime.footage import asset
from workers.runtime.live.address import StreamAddress
from workers.runtime.live.slot import FrameSlot
from workers.runtime.live.stream import LiveStream, StreamOutputs, StreamSettings

ROUNDS = 10
MOST_SECONDS = 1.5
PATIENCE_SECONDS = 30
FPS = 10
PROFILE = StreamProfile(frames_per_second=FPS, size=(1280, 720), keyframe_seconds=1 / FPS)
USER, PASSWORD = "guard", "secret"
LOGIN = f"{USER}:{PASSWORD}"
NETWORKS = ("127.0.0.0/8",)


def main() -> int:
    """Prints a line a way; 0 when the slowest of every way's rounds is soon enough."""
    with tempfile.TemporaryDirectory() as folder, _cameras(Path(folder)) as cameras:
        return report([_criterion(way, url) for way, url in _ways(cameras).items()])


@contextmanager
def _cameras(folder: Path) -> Iterator[SimulatorThread]:
    footage = footage_encode(asset("videos/vtest_h264.mp4"), folder / "camera.mp4", PROFILE)
    specs = [
        CameraSpec("gate", footage),
        CameraSpec("basic", footage, login=Login(USER, PASSWORD)),
        CameraSpec("digest", footage, login=Login(USER, PASSWORD, "digest")),
        CameraSpec("udp", footage, transports=("udp",)),
        CameraSpec("talking", footage, has_sound=True),
    ]
    with SimulatorThread(specs) as cameras:
        yield cameras


def _ways(cameras: SimulatorThread) -> dict[str, str]:
    return {
        "RTSP": cameras.rtsp_url("gate"),
        "RTSP with sound": cameras.rtsp_url("talking"),
        "RTSP by UDP, once TCP is refused": cameras.rtsp_url("udp"),
        "RTSP, basic login": cameras.rtsp_url("basic", credentials=LOGIN),
        "RTSP, digest login": cameras.rtsp_url("digest", credentials=LOGIN),
        "RTSP over TLS": cameras.ports.rtsp_url("gate", is_secure=True),
        "MJPEG": cameras.http_url("gate/mjpeg"),
        "MJPEG over TLS, digest login": cameras.ports.http_url("digest/mjpeg", credentials=LOGIN, is_secure=True),
        "MPEG-TS": cameras.http_url("gate/video.ts"),
        "MP4": cameras.http_url("gate/video.mp4"),
        "HLS": cameras.http_url("gate/live.m3u8"),
    }


def _criterion(way: str, url: str) -> Criterion:
    _opened(url)  # the simulator cuts segments only once somebody has asked for them
    seconds = [_opened(url) for _ in range(ROUNDS)]
    print(f"{way}: median {median(seconds):.2f} s of {ROUNDS}")
    return at_most(f"{way}: slowest", max(seconds), MOST_SECONDS, "s")


def _opened(url: str) -> float:
    """Seconds to the first picture."""
    began, slot = time.monotonic(), FrameSlot()
    address, outputs = StreamAddress("bench", url, NETWORKS), StreamOutputs(slot=slot)
    stream = LiveStream(address, StreamSettings(detect_fps=FPS), outputs, lambda: round(time.monotonic() * 1000))
    stream.start()
    frame = slot.take(PATIENCE_SECONDS)
    seconds = time.monotonic() - began
    stream.stop(PATIENCE_SECONDS)
    return seconds if frame is not None else PATIENCE_SECONDS


if __name__ == "__main__":
    sys.exit(main())
