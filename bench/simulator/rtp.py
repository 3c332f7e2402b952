"""RTP payloads for H.264 (RFC 6184) and H.265 (RFC 7798), RTCP reports (RFC 3550) and the session description."""

from __future__ import annotations

import base64
import struct
import time
from collections.abc import Iterator, Sequence

from bench.simulator.media import Clip, nal_type

VIDEO_PAYLOAD_TYPE = 96
AUDIO_PAYLOAD_TYPE = 8
PAYLOAD_BYTES = 1400
SOUND_TRACK = "track1"

_NTP_EPOCH_OFFSET_SECONDS = 2_208_988_800
_H264_FRAGMENT = 28
_HEVC_FRAGMENT = 49
_CANONICAL_NAME = b"camera"


def payloads_from(codec: str, nals: Sequence[bytes]) -> list[tuple[bool, bytes]]:
    """Split one picture into (marker, payload) pairs; the marker is set on the picture's last packet."""
    payloads = [payload for nal in nals for payload in _split(codec, nal)]
    return [(index == len(payloads) - 1, payload) for index, payload in enumerate(payloads)]


def _split(codec: str, nal: bytes) -> Iterator[bytes]:
    if len(nal) <= PAYLOAD_BYTES:
        yield nal
        return
    header, kind, body = _fragment_header(codec, nal)
    step = PAYLOAD_BYTES - len(header) - 1
    for offset in range(0, len(body), step):
        is_first, is_last = offset == 0, offset + step >= len(body)
        yield header + bytes([is_first << 7 | is_last << 6 | kind]) + body[offset : offset + step]


def _fragment_header(codec: str, nal: bytes) -> tuple[bytes, int, bytes]:
    kind = nal_type(codec, nal)
    if codec == "hevc":
        return bytes([nal[0] & 0x81 | _HEVC_FRAGMENT << 1, nal[1]]), kind, nal[2:]
    return bytes([nal[0] & 0xE0 | _H264_FRAGMENT]), kind, nal[1:]


def rtp_packet(
    payload: bytes, *, marker: bool, sequence: int, ticks: int, source: int, kind: int = VIDEO_PAYLOAD_TYPE
) -> bytes:
    second = kind | marker << 7
    return struct.pack("!BBHII", 0x80, second, sequence & 0xFFFF, ticks & 0xFFFFFFFF, source) + payload


def sender_report(*, source: int, ticks: int, packets: int, payload_bytes: int) -> bytes:
    """Tie the RTP clock to the wall clock, so that a client can date the pictures."""
    now = time.time() + _NTP_EPOCH_OFFSET_SECONDS
    fraction = int(now % 1 * 2**32)
    report = struct.pack(
        "!BBHIIIIII",
        0x80,
        200,
        6,
        source,
        int(now) & 0xFFFFFFFF,
        fraction,
        ticks & 0xFFFFFFFF,
        packets & 0xFFFFFFFF,
        payload_bytes & 0xFFFFFFFF,
    )
    return report + _source_description(source)


def _source_description(source: int) -> bytes:
    item = struct.pack("!IBB", source, 1, len(_CANONICAL_NAME)) + _CANONICAL_NAME
    item += bytes(4 - len(item) % 4)
    return struct.pack("!BBH", 0x81, 202, len(item) // 4) + item


def goodbye(source: int) -> bytes:
    """An RTCP BYE: this source sends no more."""
    return struct.pack("!BBHI", 0x81, 203, 1, source)


def session_description(clip: Clip, *, has_video: bool, has_sound: bool) -> str:
    """The SDP of one stream; without video it offers an audio track only, as an intercom does."""
    lines = ["v=0", "o=- 0 0 IN IP4 127.0.0.1", "s=camera", "c=IN IP4 0.0.0.0", "t=0 0", "a=control:*"]
    if has_video:
        lines += [f"m=video 0 RTP/AVP {VIDEO_PAYLOAD_TYPE}", *_codec_lines(clip), "a=control:track0"]
    if has_sound or not has_video:
        lines += [f"m=audio 0 RTP/AVP {AUDIO_PAYLOAD_TYPE}", "a=rtpmap:8 PCMA/8000", f"a=control:{SOUND_TRACK}"]
    return "".join(f"{line}\r\n" for line in lines)


def _codec_lines(clip: Clip) -> list[str]:
    sets = {nal_type(clip.codec, nal): base64.b64encode(nal).decode() for nal in clip.parameter_sets}
    if clip.codec == "hevc":
        sprops = f"sprop-vps={sets[32]}; sprop-sps={sets[33]}; sprop-pps={sets[34]}"
        return [f"a=rtpmap:{VIDEO_PAYLOAD_TYPE} H265/90000", f"a=fmtp:{VIDEO_PAYLOAD_TYPE} {sprops}"]
    profile = next(nal for nal in clip.parameter_sets if nal_type("h264", nal) == 7)[1:4].hex()
    sprops = f"packetization-mode=1; profile-level-id={profile}; sprop-parameter-sets={sets[7]},{sets[8]}"
    return [f"a=rtpmap:{VIDEO_PAYLOAD_TYPE} H264/90000", f"a=fmtp:{VIDEO_PAYLOAD_TYPE} {sprops}"]
