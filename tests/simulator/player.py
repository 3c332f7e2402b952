"""A real client, FFmpeg through PyAV, that plays a camera and notes what it saw."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import pairwise

import av
from av.container import InputContainer
from av.video.stream import VideoStream

PICTURES_PER_SECOND = 60
PICTURES_PER_LAP = 30

# The stream description says enough: the first keyframe opens the stream, and is not lost.
QUICK = {"probesize": "32", "analyzeduration": "0"}
# A player that waits for a sign gives up after this many.
MOST_PACKETS = 600
# A machine that is busy keeps a reader waiting for a while; one that is to run into its time limit gets a short one.
OPEN_SECONDS, READ_SECONDS, HASTY_SECONDS = 20.0, 20.0, 1.5


@dataclass
class Seen:
    """Pictures that were decoded (None: a packet that could not be), and how it ended."""

    widths: list[int] = field(default_factory=list)
    times: list[float | None] = field(default_factory=list)
    pictures: list[bytes] = field(default_factory=list)
    damaged: int = 0
    ended: bool = False
    error: type[BaseException] | None = None

    @property
    def steps(self) -> list[int]:
        """How far each picture's time is from the one before, in pictures."""
        times = [time for time in self.times if time is not None]
        return [round((after - before) * PICTURES_PER_SECOND) for before, after in pairwise(times)]


def camera_open(
    url: str, transport: str = "tcp", *, open_seconds: float = OPEN_SECONDS, read_seconds: float = READ_SECONDS
) -> InputContainer:
    options = QUICK | ({"rtsp_transport": transport} if url.startswith("rtsp") else {})
    return av.open(url, options=options, timeout=(open_seconds, read_seconds))


def camera_play(container: InputContainer, packets: int, until: Callable[[Seen], bool] | None = None) -> Seen:
    """Read up to ``packets`` packets, until enough is seen, or the stream ends or fails."""
    seen = Seen()
    try:
        for number, packet in enumerate(container.demux(video=0), start=1):
            if not packet.size:
                seen.ended = True
                break
            seen.damaged += packet.is_corrupt
            _decode(packet, seen)
            if number >= packets or (until is not None and until(seen)):
                break
    except av.FFmpegError as error:
        seen.error = type(error)
    return seen


def camera_watch(
    url: str,
    fault: Callable[[], None],
    until: Callable[[Seen], bool] | None = None,
    *,
    transport: str = "tcp",
    read_seconds: float = READ_SECONDS,
) -> Seen:
    """Play three packets, raise the fault, and say what came after it: pictures that were on their way included."""
    with camera_open(url, transport, read_seconds=read_seconds) as container:
        camera_play(container, 3)
        fault()
        return camera_play(container, MOST_PACKETS, until)


def _decode(packet: av.Packet[VideoStream], seen: Seen) -> None:
    try:
        frames = packet.decode()
    except av.FFmpegError:
        seen.damaged += 1
        return
    for frame in _videos(frames):
        seen.damaged += frame.is_corrupt
        seen.widths.append(frame.width)
        seen.times.append(frame.time)
        seen.pictures.append(frame.to_ndarray(format="gray8").tobytes())


def _videos(frames: object) -> Iterator[av.VideoFrame]:
    for frame in frames if isinstance(frames, list) else []:
        if isinstance(frame, av.VideoFrame):
            yield frame
