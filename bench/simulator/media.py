"""The coded pictures of a video file, ready for any camera protocol."""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from pathlib import Path

import av
from av.bitstream import BitStreamFilterContext
from av.video.stream import VideoStream

TICKS_PER_SECOND = 90_000

_START_CODE = re.compile(rb"\x00{2,3}\x01")
_H264_PARAMETER_SETS = (7, 8)
_H264_DELIMITER = 9
_HEVC_PARAMETER_SETS = (32, 33, 34)
_HEVC_DELIMITER = 35


@dataclass(frozen=True, slots=True)
class AccessUnit:
    """One coded picture: its times in the file (90 kHz ticks from the first picture) and its NAL units."""

    pts_ticks: int
    dts_ticks: int
    nals: tuple[bytes, ...]
    is_keyframe: bool


@dataclass(frozen=True, eq=False)
class Clip:
    """A whole file in memory; parameter sets are held apart and stripped from the units."""

    codec: str
    width: int
    height: int
    frames_per_second: float
    parameter_sets: tuple[bytes, ...]
    units: tuple[AccessUnit, ...]
    duration_ticks: int
    template: VideoStream

    @property
    def has_length_prefixes(self) -> bool:
        """Whether the template's configuration record (avcC, hvcC) wants length prefixes, not start codes."""
        return bytes(self.template.codec_context.extradata or b"")[:1] == b"\x01"


class UnsupportedFileError(ValueError):
    """The file has no H.264 or H.265 pictures to serve."""


def nal_type(codec: str, nal: bytes) -> int:
    return (nal[0] >> 1) & 0x3F if codec == "hevc" else nal[0] & 0x1F


@lru_cache(maxsize=64)
def clip_load(path: Path) -> Clip:
    """Read every coded picture of ``path`` once; raises UnsupportedFileError for other codecs."""
    container = av.open(str(path))
    stream = container.streams.video[0]
    codec = stream.codec_context.name
    if codec not in ("h264", "hevc"):
        raise UnsupportedFileError(f"{path.name} holds {codec}; a camera sends H.264 or H.265")
    parameter_sets, units = _read_units(container, stream, codec)
    rate = float(stream.average_rate or 25)
    last = max(unit.pts_ticks for unit in units)
    return Clip(
        codec=codec,
        width=stream.codec_context.width,
        height=stream.codec_context.height,
        frames_per_second=rate,
        parameter_sets=parameter_sets,
        units=units,
        duration_ticks=last + round(TICKS_PER_SECOND / rate),
        template=stream,
    )


def _read_units(
    container: av.container.InputContainer, stream: VideoStream, codec: str
) -> tuple[tuple[bytes, ...], tuple[AccessUnit, ...]]:
    to_start_codes = BitStreamFilterContext(f"{codec}_mp4toannexb", stream)
    parameter_sets: dict[bytes, None] = {}
    units: list[AccessUnit] = []
    origin: int | None = None
    ticks = TICKS_PER_SECOND * (stream.time_base or Fraction(1))
    for packet in container.demux(stream):
        # The last packet is empty and flushes the filter.
        for filtered in to_start_codes.filter(packet if packet.size else None):
            if filtered.pts is None or filtered.dts is None:
                continue
            nals = [nal for nal in _START_CODE.split(bytes(filtered)) if nal]
            parameter_sets.update(dict.fromkeys(nal for nal in nals if _is_parameter_set(codec, nal)))
            origin = filtered.pts if origin is None else origin
            units.append(
                AccessUnit(
                    pts_ticks=round((filtered.pts - origin) * ticks),
                    dts_ticks=round((filtered.dts - origin) * ticks),
                    nals=tuple(nal for nal in nals if not _is_repeated_elsewhere(codec, nal)),
                    is_keyframe=bool(filtered.is_keyframe),
                )
            )
    return tuple(parameter_sets), tuple(units)


def _is_parameter_set(codec: str, nal: bytes) -> bool:
    return nal_type(codec, nal) in (_HEVC_PARAMETER_SETS if codec == "hevc" else _H264_PARAMETER_SETS)


def _is_repeated_elsewhere(codec: str, nal: bytes) -> bool:
    """Delimiters mean nothing in RTP; parameter sets are sent before every keyframe by the feed."""
    delimiter = _HEVC_DELIMITER if codec == "hevc" else _H264_DELIMITER
    return _is_parameter_set(codec, nal) or nal_type(codec, nal) == delimiter
