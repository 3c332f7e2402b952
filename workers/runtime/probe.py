"""Looks at a camera for a few seconds in a process of its own with hard limits: what does it send, or why not?

``python -m workers.runtime.probe`` reads one ``ProbeRequest`` as a line of JSON and prints one ``ProbeAnswer``. The
address, which may hold a password, is in no argument, no environment, no error and no answer.
"""

from __future__ import annotations

import base64
import sys
import time
from contextlib import closing
from dataclasses import dataclass, replace
from urllib.parse import urlsplit

import av
from av.video.frame import VideoFrame
from pydantic import ValidationError

from workers.runtime.contract import (
    ForbiddenHostError,
    ProbeAnswer,
    ProbeCode,
    ProbeFacts,
    ProbeRequest,
    UnknownHostError,
    ValidationLimits,
    host_pin,
)
from workers.runtime.contract.marking import gettext_noop
from workers.runtime.live.address import StreamAddress, UnusableAddressError
from workers.runtime.live.conditions import SENTENCES, Condition, StreamFault
from workers.runtime.live.connection import Connection, Patience, open_connection
from workers.runtime.probe_faults import CODES, LOGIN_WANTED, SENTENCES_HERE, ProbeFault
from workers.runtime.probe_measuring import Look, PacketSample, PacketSamples, warnings_for
from workers.runtime.snapshot import jpeg_of
from workers.runtime.validation import limit_this_process

SNAPSHOT_WIDTH = 960
LEAST_WATCH_SECONDS = 3.0
KEYFRAMES_WANTED = 3
STALL_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class TunedAddress(StreamAddress):
    """An address that is opened with further options."""

    more: tuple[tuple[str, str], ...] = ()

    @property
    def options(self) -> dict[str, str]:
        # Without super(): slots make the class anew, and the bare call would look into the old one.
        return {**StreamAddress.options.fget(self), **dict(self.more)}  # type: ignore[attr-defined]

    def tuned(self, **options: str) -> TunedAddress:
        return replace(self, more=tuple(options.items()))


@dataclass(frozen=True, slots=True)
class Opened:
    connection: Connection
    transport: str
    began: float


@dataclass(slots=True)
class Seen:
    samples: PacketSamples
    first_packet_seconds: float = 0.0
    picture: VideoFrame | None = None
    fault: Condition | None = None


def probe(request: ProbeRequest) -> ProbeAnswer:
    """What the camera sends, or why it does not."""
    try:
        return _look_at(request)
    except ProbeFault as fault:
        return ProbeAnswer(code=fault.code, sentence=str(fault))
    except UnusableAddressError as error:
        return ProbeAnswer(code=ProbeCode.INVALID_ADDRESS, sentence=str(error))
    except ForbiddenHostError as error:
        return ProbeAnswer(code=ProbeCode.FORBIDDEN_NETWORK, sentence=str(error))
    except UnknownHostError as error:
        return ProbeAnswer(code=ProbeCode.UNKNOWN_HOST, sentence=str(error))
    except (MemoryError, av.error.MemoryError, TimeoutError):
        return ProbeAnswer(code=ProbeCode.TOO_COSTLY, sentence=SENTENCES_HERE[ProbeCode.TOO_COSTLY])


def _look_at(request: ProbeRequest) -> ProbeAnswer:
    address = TunedAddress("camera", request.url, request.networks)
    host_pin(address.host, request.networks, address.port)  # its error says more than the one of opening
    try:
        opened = _open_rtsp(address, request) if address.is_rtsp else _open(address, request, "HTTP")
    except StreamFault as fault:
        raise _fault(fault.condition, address) from None
    with closing(opened.connection):
        return _answer(opened, _watch(opened, request), request, address)


def _open_rtsp(address: TunedAddress, request: ProbeRequest) -> Opened:
    """By TCP, and by UDP where the camera takes no TCP."""
    try:
        return _open(address.tuned(rtsp_transport="tcp"), request, "TCP")
    except StreamFault as fault:
        if fault.condition is not Condition.GARBAGE:
            raise
    return _open(address, request, "UDP")


def _open(address: TunedAddress, request: ProbeRequest, transport: str) -> Opened:
    began = time.monotonic()
    return Opened(open_connection(address, Patience(request.open_seconds, STALL_SECONDS)), transport, began)


def _watch(opened: Opened, request: ProbeRequest) -> Seen:
    """Packets until enough keyframes came, or the time is over; only keyframes are decoded."""
    connection = opened.connection
    seen = Seen(PacketSamples(connection.has_clock))
    base = float(connection.stream.time_base or 0)
    connection.decoder.skip_frame = "NONKEY"
    try:
        for packet in connection.packets():
            now = time.monotonic()
            seen.first_packet_seconds = seen.first_packet_seconds or now - opened.began
            stamp = None if packet.pts is None else packet.pts * base
            seen.samples.add(PacketSample(now, stamp, packet.size, bool(packet.is_keyframe)))
            if packet.is_keyframe:
                seen.picture = _decoded(connection, packet) or seen.picture
            if _is_enough(seen, request):
                break
    except StreamFault as fault:
        seen.fault = fault.condition
    return seen


def _is_enough(seen: Seen, request: ProbeRequest) -> bool:
    seconds = seen.samples.seconds
    complete = seen.picture is not None and seen.samples.keyframes >= KEYFRAMES_WANTED
    return seconds >= request.watch_seconds or (complete and seconds >= LEAST_WATCH_SECONDS)


def _decoded(connection: Connection, packet: av.Packet) -> VideoFrame | None:  # type: ignore[type-arg]
    try:
        pictures = connection.decoder.decode(packet)
    except av.error.MemoryError:
        raise
    except av.FFmpegError:
        return None
    return _whole(pictures)


def _whole(pictures: list[VideoFrame]) -> VideoFrame | None:
    """The last one that is not damaged."""
    return next((picture for picture in reversed(pictures) if not picture.is_corrupt), None)


def _answer(opened: Opened, seen: Seen, request: ProbeRequest, address: TunedAddress) -> ProbeAnswer:
    connection, samples = opened.connection, seen.samples
    picture = seen.picture or _last_picture(connection)
    if picture is None:
        raise _no_picture(seen, request)
    codec = connection.decoder.codec.canonical_name
    look = Look(samples, codec, picture.width, picture.height, opened.transport, request.detect_fps, bool(seen.fault))
    facts = ProbeFacts(
        codec=codec,
        width=picture.width,
        height=picture.height,
        declared_fps=_declared_fps(connection),
        measured_fps=_rounded(samples.fps),
        keyframe_seconds=_rounded(samples.longest_keyframe_seconds),
        has_reordered_pictures=samples.has_reordered_pictures,
        audio_codec=next((stream.codec_context.name for stream in connection.container.streams.audio), ""),
        transport=opened.transport + (" (TLS)" if urlsplit(address.url).scheme in ("rtsps", "https") else ""),
        kilobits_per_second=samples.kilobits_per_second,
        open_seconds=round(seen.first_packet_seconds, 2),
        watched_seconds=round(samples.seconds, 1),
    )
    return ProbeAnswer(
        code=ProbeCode.OK,
        sentence=gettext_noop("The camera sends pictures."),
        facts=facts,
        warnings=tuple(warnings_for(look)),
        snapshot=_snapshot(picture),
    )


def _last_picture(connection: Connection) -> VideoFrame | None:
    """Of a decoder that holds pictures back until the end."""
    try:
        pictures = connection.decoder.decode(None)
    except av.FFmpegError:
        return None
    return _whole(pictures)


def _no_picture(seen: Seen, request: ProbeRequest) -> ProbeFault:
    if not seen.samples.samples:
        return _fault(seen.fault or Condition.STALLED)
    if seen.samples.keyframes:
        return ProbeFault(
            ProbeCode.UNREADABLE, gettext_noop("The camera sends video, but none of its pictures can be decoded.")
        )
    sentence = f"The camera sends video, but no full picture (keyframe) in {request.watch_seconds:g} s."
    return ProbeFault(ProbeCode.TIMEOUT, sentence)


def _fault(condition: Condition, address: TunedAddress | None = None) -> ProbeFault:
    code = CODES.get(condition, ProbeCode.UNREADABLE)
    if code is ProbeCode.WRONG_LOGIN and address is not None and urlsplit(address.url).username is None:
        return ProbeFault(code, LOGIN_WANTED)
    return ProbeFault(code, SENTENCES_HERE.get(code) or SENTENCES[condition])


def _declared_fps(connection: Connection) -> float | None:
    """By the video's own header, since FFmpeg's guesses count half pictures."""
    rate = connection.decoder.framerate if connection.has_clock else None
    return round(float(rate), 2) if rate and 0 < float(rate) <= 1000 else None


def _rounded(number: float | None) -> float | None:
    return None if number is None else round(number, 2)


def _snapshot(picture: VideoFrame) -> str:
    width = min(picture.width, SNAPSHOT_WIDTH)
    height = max(2, round(picture.height * width / picture.width / 2) * 2)
    return base64.b64encode(jpeg_of(picture.reformat(width=width, height=height))).decode()


def main() -> int:
    line = sys.stdin.readline()
    try:
        request = ProbeRequest.model_validate_json(line)
    except ValidationError:
        return 2  # its text is not printed: it may hold the address
    limit_this_process(ValidationLimits(memory_bytes=request.memory_bytes, cpu_seconds=request.cpu_seconds))
    sys.stdout.write(probe(request).model_dump_json() + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
