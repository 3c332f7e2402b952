"""Looks at an uploaded file in a process of its own with hard limits: is it a recording, and what is in it?

``python -m workers.runtime.validation PATH --limits JSON`` prints one ``ValidationAnswer`` as a line of JSON.
The caller watches the wall clock and takes silence for a refusal.
"""

from __future__ import annotations

import argparse
import resource
import signal
import sys
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType

import av

from workers.runtime.contract import RecordingFacts, ValidationAnswer, ValidationLimits
from workers.runtime.recording import DEMUXERS, OpenRecording, Recording, UnreadableRecordingError, open_recording

KEYFRAME_GAP_MS = 1_000
"""Chunks are longer than this, so that more keyframes would only fill the database."""
PACKETS_TO_FIRST_FRAME = 300
MISSING_TAIL_MS = 1_000
"""Files that promise this much more than they hold are called cut off."""

SIGNATURES = (
    (b"PK\x03\x04", "archive", "The file is a ZIP archive, not a video. Unpack it and upload the video inside."),
    (b"\x1f\x8b", "archive", "The file is a compressed archive, not a video. Unpack it and upload the video inside."),
    (b"#EXTM3U", "playlist", "The file is a playlist that points at other files. Upload the video itself."),
    (b"ffconcat", "playlist", "The file is a list that points at other files. Upload the video itself."),
    (b"<?xml", "playlist", "The file is a text (XML) that describes or points at a video. Upload the video itself."),
    (b"<MPD", "playlist", "The file is a playlist that points at other files. Upload the video itself."),
    (b"\x89PNG", "image", "The file is a picture, not a video."),
    (b"\xff\xd8\xff", "image", "The file is a picture, not a video."),
    (b"GIF8", "image", "The file is a picture, not a video."),
    (b"%PDF", "document", "The file is a PDF document, not a video."),
)


@dataclass(slots=True)
class PacketScan:
    """What the packets of a file tell without decoding them."""

    packets: int = 0
    end_ms: int = 0
    keyframes_ms: list[int] = field(default_factory=lambda: [0])

    def add(self, at_ms: int, duration_ms: int, *, is_keyframe: bool) -> None:
        self.packets += 1
        self.end_ms = max(self.end_ms, at_ms + duration_ms)
        if is_keyframe and at_ms >= self.keyframes_ms[-1] + KEYFRAME_GAP_MS:
            self.keyframes_ms.append(at_ms)


def examine(path: Path, limits: ValidationLimits) -> RecordingFacts:
    """What the file holds.

    Raises:
        UnreadableRecordingError: it is no recording, or one beyond the limits.
    """
    _check_bytes(path, limits)
    with open_recording(Recording(path)) as source:
        _check_pixels(source.decoder.width, source.decoder.height, limits)
        _check_first_frame(source, limits)
    with open_recording(Recording(path)) as source:
        scan = _scan(source, limits)
        return _facts(source, scan, limits)


def _check_bytes(path: Path, limits: ValidationLimits) -> None:
    size = path.stat().st_size
    if size == 0:
        raise UnreadableRecordingError("empty", "The file is empty.")
    if size > limits.max_bytes:
        raise UnreadableRecordingError("too_large", f"The file is larger than {limits.max_bytes / 2**20:,.0f} MB.")
    with path.open("rb") as file:
        start = file.read(64).lstrip(b"\xef\xbb\xbf \r\n\t")
    for signature, code, sentence in SIGNATURES:
        if start.startswith(signature):
            raise UnreadableRecordingError(code, sentence)


def _check_pixels(width: int, height: int, limits: ValidationLimits) -> None:
    if width <= 0 or height <= 0:
        # The library forgets sizes that it would never decode.
        raise UnreadableRecordingError("too_many_pixels", "The pictures are too large, or their size is not stated.")
    if width * height > limits.max_pixels:
        raise UnreadableRecordingError(
            "too_many_pixels",
            f"The pictures are too large: {width} x {height}; {limits.max_pixels / 1e6:.0f} million pixels is most.",
        )


def _check_first_frame(source: OpenRecording, limits: ValidationLimits) -> None:
    source.decoder.thread_count = 1
    for number, packet in enumerate(source.packets_from(0)):
        try:
            pictures = source.decoder.decode(packet)
        except av.FFmpegError:
            pictures = []
        if pictures:
            _check_pixels(pictures[0].width, pictures[0].height, limits)
            return
        if number > PACKETS_TO_FIRST_FRAME:
            break
    if not _flushed(source):
        raise UnreadableRecordingError("undecodable", "The file looks like a video, but no picture in it can be read.")


def _flushed(source: OpenRecording) -> bool:
    """Whether a decoder that holds frames back gives one at the end."""
    try:
        return bool(source.decoder.decode(None))
    except av.FFmpegError:
        return False


def _scan(source: OpenRecording, limits: ValidationLimits) -> PacketScan:
    scan = PacketScan()
    step_ms = round(source.frame_step * source.time_base * 1000)
    most_packets = limits.max_seconds * limits.max_fps
    for packet in source.packets_from(0):
        duration_ms = round((packet.duration or 0) * source.time_base * 1000) or step_ms
        scan.add(source.packet_ms(packet), duration_ms, is_keyframe=packet.is_keyframe)
        if scan.end_ms > limits.max_seconds * 1000:
            raise UnreadableRecordingError(
                "too_long", f"The recording is longer than {limits.max_seconds / 3600:g} hours."
            )
        if scan.packets > most_packets:
            raise UnreadableRecordingError("too_many_frames", "The recording has more frames than are allowed.")
    return scan


def _facts(source: OpenRecording, scan: PacketScan, limits: ValidationLimits) -> RecordingFacts:
    fps = _fps(source, scan)
    if fps > limits.max_fps:
        raise UnreadableRecordingError(
            "too_many_fps", f"The recording has {fps:.0f} frames a second; {limits.max_fps:g} is most."
        )
    return RecordingFacts(
        container_format=_container_format(source),
        codec=source.decoder.name,
        width=source.decoder.width,
        height=source.decoder.height,
        fps=round(fps, 3),
        duration_ms=scan.end_ms,
        frames_declared=source.stream.frames or scan.packets,
        # A place behind a jump of the clock cannot be sought by its time: the recording stays in one piece.
        keyframes_ms=(0,) if source.clock_jumps else tuple(scan.keyframes_ms),
        warnings=tuple(_warnings(source, scan)),
    )


def _fps(source: OpenRecording, scan: PacketScan) -> float:
    rate = source.stream.average_rate or source.stream.guessed_rate
    counted = scan.packets * 1000 / scan.end_ms if scan.end_ms else 0.0
    return counted if counted and scan.packets > 1 else float(rate or 0)


def _container_format(source: OpenRecording) -> str:
    names = source.container.format.name.split(",")
    return next(name for name in DEMUXERS if name in names)


def _warnings(source: OpenRecording, scan: PacketScan) -> list[str]:
    warnings = []
    declared_end_ms = source.declared_end_ms() or 0
    if declared_end_ms > scan.end_ms + MISSING_TAIL_MS:
        warnings.append(
            f"The file is cut off: {declared_end_ms / 1000:.1f} s are promised, {scan.end_ms / 1000:.1f} s are there."
        )
    if source.clock_jumps:
        warnings.append("The recording's clock jumps; times after a jump are counted on from before it.")
    return warnings


def answer_for(path: Path, limits: ValidationLimits) -> ValidationAnswer:
    try:
        return ValidationAnswer(ok=True, facts=examine(path, limits))
    except UnreadableRecordingError as error:
        return ValidationAnswer(ok=False, code=error.code, sentence=str(error))
    except (MemoryError, av.error.MemoryError, ImportError):  # parts of PyAV are loaded late, and need room as well
        return ValidationAnswer(ok=False, code="too_costly", sentence="Reading the file needs too much memory.")
    except TimeoutError:
        return ValidationAnswer(ok=False, code="too_costly", sentence="Reading the file takes too long.")


def limit_this_process(limits: ValidationLimits) -> None:
    """From here on: so much memory and processor time, no file of any size, no core dump, no child."""
    resource.setrlimit(resource.RLIMIT_AS, (limits.memory_bytes, limits.memory_bytes))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    signal.signal(signal.SIGXCPU, _out_of_time)
    resource.setrlimit(resource.RLIMIT_CPU, (limits.cpu_seconds, limits.cpu_seconds + 5))


def _out_of_time(_signal: int, _frame: FrameType | None) -> None:
    raise TimeoutError


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("path", type=Path)
    parser.add_argument("--limits", default="{}", help="ValidationLimits as JSON")
    options = parser.parse_args(arguments)
    limits = ValidationLimits.model_validate_json(options.limits)
    limit_this_process(limits)
    sys.stdout.write(answer_for(options.path, limits).model_dump_json() + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
