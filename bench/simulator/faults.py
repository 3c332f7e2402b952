"""What can go wrong with a camera on command: the faults, the command that raises one, and which are raised now."""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from enum import StrEnum
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field


class Fault(StrEnum):
    # These last: for ``seconds``, or until the camera is healed.
    STALL = "stall"
    FROZEN = "frozen"
    GARBAGE = "garbage"
    GARBAGE_INTERLEAVING = "garbage_interleaving"
    SLOW = "slow"
    REFUSE = "refuse"
    NOT_FOUND = "not_found"
    NO_VIDEO = "no_video"
    DELAY_ANSWERS = "delay_answers"
    # These happen once.
    DROP = "drop"
    SILENT_END = "silent_end"
    PTS_JUMP = "pts_jump"
    RESTART_TIMESTAMPS = "restart_timestamps"
    RESOLUTION_CHANGE = "resolution_change"
    CHANGE_LOGIN = "change_login"


class FaultCommand(BaseModel):
    """One fault to raise; each fault reads only the fields that its method below names."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    fault: Fault
    seconds: float | None = Field(default=None, gt=0)
    delay_seconds: float = Field(default=0.0, ge=0)
    jitter_seconds: float = Field(default=0.0, ge=0)
    bytes_per_second: float | None = Field(default=None, gt=0)
    shift_seconds: float = 0.0
    reset: bool = False
    file: Path | None = None
    user: str = ""
    password: str = ""


class FaultBoard:
    """The lasting faults of one camera, each with the command that raised it and the time it ends."""

    def __init__(self) -> None:
        self._raised: dict[Fault, tuple[FaultCommand, float | None]] = {}

    def put(self, command: FaultCommand) -> None:
        ends = None if command.seconds is None else time.monotonic() + command.seconds
        self._raised[command.fault] = (command, ends)

    def find(self, fault: Fault) -> FaultCommand | None:
        if fault not in self._raised:
            return None
        command, ends = self._raised[fault]
        if ends is not None and time.monotonic() >= ends:
            del self._raised[fault]
            return None
        return command

    def is_raised(self, fault: Fault) -> bool:
        return self.find(fault) is not None

    def raised(self) -> list[Fault]:
        return [fault for fault in list(self._raised) if self.is_raised(fault)]

    def clear(self) -> None:
        self._raised.clear()


class FaultyCamera(ABC):
    """The faults as methods, the same in the event loop, from another thread and over the control port."""

    @abstractmethod
    def apply(self, command: FaultCommand) -> None: ...

    @abstractmethod
    def heal(self) -> None:
        """End every lasting fault."""

    def stall(self, *, seconds: float | None = None) -> None:
        """Connections stay open and are answered; no packet comes."""
        self.apply(FaultCommand(fault=Fault.STALL, seconds=seconds))

    def frozen(self, *, seconds: float | None = None) -> None:
        """Packets keep coming at the usual rate, all of them the same picture."""
        self.apply(FaultCommand(fault=Fault.FROZEN, seconds=seconds))

    def garbage(self, *, seconds: float | None = None) -> None:
        """Well-formed packets whose pictures are random bytes."""
        self.apply(FaultCommand(fault=Fault.GARBAGE, seconds=seconds))

    def garbage_interleaving(self, *, seconds: float | None = None) -> None:
        """Random bytes between the packets of a TCP connection, so that its framing is lost."""
        self.apply(FaultCommand(fault=Fault.GARBAGE_INTERLEAVING, seconds=seconds))

    def slow(
        self, *, bytes_per_second: float | None = None, jitter_seconds: float = 0.0, seconds: float | None = None
    ) -> None:
        """A thin or shaky network path: pictures come late, and some not at all when it is full."""
        self.apply(
            FaultCommand(
                fault=Fault.SLOW, bytes_per_second=bytes_per_second, jitter_seconds=jitter_seconds, seconds=seconds
            )
        )

    def refuse(self, *, seconds: float | None = None) -> None:
        """Every new connection is reset as soon as it names the camera; running ones stay."""
        self.apply(FaultCommand(fault=Fault.REFUSE, seconds=seconds))

    def not_found(self, *, seconds: float | None = None) -> None:
        self.apply(FaultCommand(fault=Fault.NOT_FOUND, seconds=seconds))

    def no_video(self, *, seconds: float | None = None) -> None:
        """The camera describes an audio track only."""
        self.apply(FaultCommand(fault=Fault.NO_VIDEO, seconds=seconds))

    def delay_answers(self, *, delay_seconds: float, seconds: float | None = None) -> None:
        """Every answer comes late; running pictures are not held up."""
        self.apply(FaultCommand(fault=Fault.DELAY_ANSWERS, delay_seconds=delay_seconds, seconds=seconds))

    def drop(self, *, reset: bool = False) -> None:
        """Close every connection of the camera, with a TCP reset if asked for."""
        self.apply(FaultCommand(fault=Fault.DROP, reset=reset))

    def silent_end(self) -> None:
        """The stream says goodbye and ends; the RTSP connection stays open."""
        self.apply(FaultCommand(fault=Fault.SILENT_END))

    def pts_jump(self, *, shift_seconds: float) -> None:
        """The timestamps jump forwards, or backwards when negative; the pictures keep coming in time."""
        self.apply(FaultCommand(fault=Fault.PTS_JUMP, shift_seconds=shift_seconds))

    def restart_timestamps(self) -> None:
        """The timestamps begin at 0 again."""
        self.apply(FaultCommand(fault=Fault.RESTART_TIMESTAMPS))

    def resolution_change(self, file: Path) -> None:
        """Go on with another file, from its first keyframe, in the running streams."""
        self.apply(FaultCommand(fault=Fault.RESOLUTION_CHANGE, file=file))

    def change_login(self, *, user: str, password: str) -> None:
        """New connections need another login; running ones stay."""
        self.apply(FaultCommand(fault=Fault.CHANGE_LOGIN, user=user, password=password))
