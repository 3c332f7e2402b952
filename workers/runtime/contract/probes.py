"""A look at a camera before it is added: what is asked of the child process, and what it answers."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from pydantic import ConfigDict, Field

from workers.runtime.contract.message import Message, Text


class ProbeCode(StrEnum):
    """What became of a look at a camera."""

    OK = "ok"
    WRONG_LOGIN = "wrong_login"
    REFUSED = "refused"
    UNREACHABLE = "unreachable"
    UNKNOWN_HOST = "unknown_host"
    NOT_FOUND = "not_found"
    NO_VIDEO = "no_video"
    TIMEOUT = "timeout"
    FORBIDDEN_NETWORK = "forbidden_network"
    REDIRECTED = "redirected"
    INVALID_ADDRESS = "invalid_address"
    UNREADABLE = "unreadable"
    TOO_COSTLY = "too_costly"


class ProbeRequest(Message):
    """One line of JSON on the child's standard input: so that no login stands in a list of processes."""

    model_config = ConfigDict(hide_input_in_errors=True)

    url: Annotated[str, Field(max_length=2_000, repr=False)]
    networks: tuple[Text, ...]
    """Where the camera may be (CIDR)."""
    detect_fps: float = Field(default=5, gt=0, le=60)
    open_seconds: float = 6
    watch_seconds: float = 10
    memory_bytes: int = 2 * 2**30
    cpu_seconds: int = 30


class ProbeFacts(Message):
    """What the camera really sends. ``keyframe_seconds``: the longest step measured from keyframe to keyframe."""

    codec: Text
    width: int
    height: int
    declared_fps: float | None
    measured_fps: float | None
    keyframe_seconds: float | None
    has_reordered_pictures: bool
    audio_codec: Text
    transport: Text
    kilobits_per_second: int
    open_seconds: float
    watched_seconds: float


class ProbeAnswer(Message):
    """One line of JSON from ``python -m workers.runtime.probe``: facts and a JPEG, or a code; always a sentence."""

    code: ProbeCode
    sentence: Text
    facts: ProbeFacts | None = None
    warnings: tuple[Text, ...] = ()
    snapshot: Annotated[str, Field(max_length=4 * 2**20, repr=False)] = ""
    """Base64."""

    @property
    def ok(self) -> bool:
        return self.code is ProbeCode.OK
