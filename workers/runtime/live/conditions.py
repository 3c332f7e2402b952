"""What the conditions of a stream mean, and which one an error of FFmpeg's stands for.

No text of FFmpeg's is passed on: it holds the address with its password.
"""

from __future__ import annotations

from dataclasses import dataclass

import av

from workers.runtime.contract import StreamCondition as Condition
from workers.runtime.contract.marking import gettext_noop

__all__ = ["SEEING", "SENTENCES", "Condition", "ConditionChange", "StreamFault", "open_condition", "read_condition"]

SEEING = frozenset({Condition.ONLINE, Condition.FROZEN, Condition.SLOW, Condition.RESOLUTION_CHANGED})
"""The conditions in which pictures are decoded."""

SENTENCES = {
    Condition.CONNECTING: gettext_noop("Connecting to the camera."),
    Condition.ONLINE: gettext_noop("The camera sends pictures."),
    Condition.FROZEN: gettext_noop("The camera sends the same picture over and over."),
    Condition.SLOW: gettext_noop("The camera's pictures arrive late."),
    Condition.RESOLUTION_CHANGED: gettext_noop("The camera changed the size of its pictures."),
    Condition.STALLED: gettext_noop("The camera is connected but sends nothing."),
    Condition.ENDED: gettext_noop("The camera ended the stream."),
    Condition.GARBAGE: gettext_noop("The camera sends data that cannot be decoded."),
    Condition.UNREACHABLE: gettext_noop("The camera cannot be reached over the network."),
    Condition.REFUSED: gettext_noop("The camera refuses the connection."),
    Condition.UNAUTHORISED: gettext_noop("The camera does not accept the user name or the password."),
    Condition.NOT_FOUND: gettext_noop("The camera has no stream at this address."),
    Condition.NO_VIDEO: gettext_noop("The address gives no video."),
    Condition.FORBIDDEN: gettext_noop("The camera is outside the networks in which cameras may be."),
}


@dataclass(frozen=True, slots=True)
class ConditionChange:
    """``at_ms`` in stream time."""

    condition: Condition
    at_ms: int

    @property
    def sentence(self) -> str:
        return SENTENCES[self.condition]


class StreamFault(Exception):  # noqa: N818 - a fault of the camera, not of this program
    """The stream is over for now; the message is a plain sentence without the address."""

    def __init__(self, condition: Condition) -> None:
        super().__init__(SENTENCES[condition])
        self.condition = condition


_OPEN_CONDITIONS: tuple[tuple[type[Exception], Condition], ...] = (
    (av.HTTPUnauthorizedError, Condition.UNAUTHORISED),
    (av.HTTPForbiddenError, Condition.UNAUTHORISED),
    (av.HTTPNotFoundError, Condition.NOT_FOUND),
    (av.HTTPError, Condition.REFUSED),
    (ConnectionError, Condition.REFUSED),
    (av.ExitError, Condition.STALLED),
    (TimeoutError, Condition.STALLED),
)


def open_condition(error: Exception, *, seconds: float, open_seconds: float, is_rtsp: bool) -> Condition:
    """Why opening failed, from the error and how long it took."""
    for kind, condition in _OPEN_CONDITIONS:
        if isinstance(error, kind):
            return condition
    was_late = seconds > 0.8 * open_seconds
    if isinstance(error, (av.InvalidDataError, av.ArgumentError)):
        # RTSP: what is left of an answer that came too late, or of a connection that was reset.
        if is_rtsp:
            return Condition.STALLED if was_late else Condition.REFUSED
        return Condition.NO_VIDEO
    # Of a TLS handshake that nobody answers FFmpeg says no more than that something went wrong.
    return Condition.STALLED if was_late else Condition.UNREACHABLE


def read_condition(error: Exception) -> Condition:
    """Why a stream that was open gives no more packets."""
    if isinstance(error, (av.ExitError, TimeoutError)):
        return Condition.STALLED
    if isinstance(error, av.InvalidDataError):
        return Condition.GARBAGE
    return Condition.ENDED
