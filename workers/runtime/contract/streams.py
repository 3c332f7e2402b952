"""Live cameras: their leases, their health, their pictures."""

from __future__ import annotations

import base64
import json
import uuid
import zlib
from enum import StrEnum
from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field

from workers.runtime.contract.cameras import CameraConfig
from workers.runtime.contract.message import Box, Message, Text

PICTURE_SECONDS = 0.5
"""Between two uploaded pictures, where nothing else is said."""


class StreamCondition(StrEnum):
    """What a live camera is doing, as its reader sees it; not debounced."""

    CONNECTING = "connecting"
    ONLINE = "online"
    # Pictures come, but something is wrong with them.
    FROZEN = "frozen"
    SLOW = "slow"
    RESOLUTION_CHANGED = "resolution_changed"
    # Pictures came, and do no longer.
    STALLED = "stalled"
    ENDED = "ended"
    GARBAGE = "garbage"
    # The camera could not be opened.
    UNREACHABLE = "unreachable"
    REFUSED = "refused"
    UNAUTHORISED = "unauthorised"
    NOT_FOUND = "not_found"
    NO_VIDEO = "no_video"
    FORBIDDEN = "forbidden"


class Priority(StrEnum):
    """Whose frames come first where a node cannot look at all of them."""

    LOW = "low"
    NORMAL = "normal"
    HIGH = "high"


class StreamClaim(Message):
    boot_id: uuid.UUID


class OpenStreamEvent(Message):
    """An event of the stream that the platform holds open. Whoever takes over goes on with it, or ends it."""

    event_id: uuid.UUID
    rule_id: int
    rule_version: int
    track_id: int
    start_ms: int


class StreamWork(Message):
    """One live camera, leased to a node. Its events carry ``stream_id`` as their ``job_id``.

    ``stream_id`` stays the same over leases and hosts, so that an event's id does. ``now_ms`` is the stream time at
    the platform when it answered: the node counts on from there, so no host's wall clock matters. ``zero_ms`` is
    where stream time begins on the platform's clock (milliseconds since 1970).
    """

    model_config = ConfigDict(hide_input_in_errors=True)

    stream_id: uuid.UUID
    epoch: int
    now_ms: int = Field(ge=0)
    zero_ms: int = 0
    camera: CameraConfig
    priority: Priority = Priority.NORMAL
    detect_url: str = Field(repr=False)
    clip_url: str | None = Field(default=None, repr=False)
    """Where clips come from; None: from the stream that is analysed."""
    networks: tuple[Text, ...] = ()
    """Where the camera may be (CIDR); the node connects nowhere else."""
    state: dict[str, Any] | None
    open_events: tuple[OpenStreamEvent, ...] = ()
    suspect: bool = Field(default=False, exclude_if=lambda value: not value)
    """A worker stopped lately while it looked at this camera, and perhaps because of it."""

    def for_version(self, version: int) -> StreamWork:
        """As a node reads it that knows this version of the messages."""
        return self if version >= 2 else self.model_copy(update={"suspect": False})


class StreamHealth(Message):
    """How a live camera does; counts since this reader began. ``frame_ms``: when the newest good frame was taken."""

    condition: StreamCondition
    since_ms: int
    now_ms: int
    frame_ms: int | None
    width: int
    height: int
    frames_analysed: int = Field(ge=0)
    frames_skipped: int = Field(ge=0)
    """Replaced by a newer one before anybody had time for them."""
    frames_unmoved: int = Field(default=0, ge=0)
    """Of the analysed ones, those in which nothing moved: no detector looked."""
    frames_held_back: int = Field(default=0, ge=0)
    """Not taken, since the node is full and looks at this camera less often."""
    frames_damaged: int = Field(ge=0)
    connections: int = Field(ge=0)
    clock_jumps: int = Field(ge=0)
    lag_ms: int = Field(ge=0)
    ring_bytes: int = Field(ge=0)
    clip_condition: StreamCondition | None = Field(default=None, exclude_if=lambda value: value is None)
    """Of the stream that clips are cut from, where that is another than the analysed one."""


class StreamStanding(Message):
    """How one stream of the node stands; a lease that it does not name is taken as given up."""

    stream_id: uuid.UUID
    epoch: int
    health: StreamHealth


class StreamReport(Message):
    """All live streams of a node, every few seconds: keeps up their leases and tells how the cameras do."""

    boot_id: uuid.UUID
    streams: tuple[StreamStanding, ...] = Field(max_length=5_000)


class StreamVerdict(Message):
    """``keep``; ``renew``: claim again, since zones, rules or the address changed; ``stop``: hand over and stop;
    ``lost``: it is another's, stop at once."""

    stream_id: uuid.UUID
    order: Literal["keep", "renew", "stop", "lost"]
    picture_wanted: bool = False
    """Somebody is looking: upload the newest picture, until this is False again."""
    picture_seconds: float = Field(
        default=PICTURE_SECONDS, ge=PICTURE_SECONDS, le=10, exclude_if=lambda value: value == PICTURE_SECONDS
    )
    """At most one picture in so many seconds."""


class StreamReportAnswer(Message):
    clock_ms: int
    verdicts: tuple[StreamVerdict, ...]

    def for_version(self, version: int) -> StreamReportAnswer:
        """As a node reads it that knows this version of the messages."""
        if version >= 2:
            return self
        usual = {"picture_seconds": PICTURE_SECONDS}
        return self.model_copy(update={"verdicts": tuple(each.model_copy(update=usual) for each in self.verdicts)})


class StreamState(Message):
    """What another host needs to go on with a stream from here, packed by ``pack_state``; kept as it is."""

    stream_id: uuid.UUID
    epoch: int
    packed: Annotated[str, Field(max_length=8_000_000)]


class StreamStates(Message):
    """States of several streams. Each is sent every few seconds, and with each event's start and end."""

    boot_id: uuid.UUID
    states: tuple[StreamState, ...] = Field(min_length=1, max_length=100)


class StreamStatesAnswer(Message):
    """Which were not kept: ``lost``, since another has taken the stream; ``refused``, since nobody could read it."""

    lost: tuple[uuid.UUID, ...] = ()
    refused: tuple[uuid.UUID, ...] = ()


def pack_state(state: dict[str, Any]) -> str:
    """JSON, compressed, as text; raises ValueError where something in it is not a number."""
    text = json.dumps(state, allow_nan=False, separators=(",", ":")).encode()
    return base64.b64encode(zlib.compress(text, 1)).decode()


class StreamRelease(Message):
    """The node stops watching. ``failed``: because something broke here; too many of those and it is quarantined."""

    boot_id: uuid.UUID
    epoch: int
    state: dict[str, Any] | None
    reason: Annotated[str, Field(max_length=2_000)] = ""
    failed: bool = False


class LiveBox(Message):
    track_id: int
    class_name: Text
    confidence: float
    box_xyxy: Box


class PictureUpload(Message):
    """Precedes a live picture's JPEG in its upload, as ``ClipUpload`` does a clip. ``at_ms`` in stream time."""

    epoch: int
    at_ms: int
    boxes: tuple[LiveBox, ...] = Field(max_length=1_000)
