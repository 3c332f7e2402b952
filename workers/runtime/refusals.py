"""What the platform may answer instead of doing what was asked, and what that means to a node."""

from __future__ import annotations


class PlatformError(Exception):
    """The platform did not do what was asked."""


class UnreachableError(PlatformError):
    """No answer, or one that says that the fault is the platform's: try again later."""


class RefusedError(PlatformError):
    """The platform understood and will not do it; asking again is of no use."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(f"{status} {code}: {message}")
        self.status, self.code, self.message = status, code, message


class NotAllowedError(RefusedError):
    """The node is unknown or disabled, or its token or clock is wrong: a person must look at it."""


class ClockSkewError(NotAllowedError):
    """Signed with a time that the platform does not believe; ``clock_ms`` is its own."""

    def __init__(self, status: int, code: str, message: str, clock_ms: int) -> None:
        super().__init__(status, code, message)
        self.clock_ms = clock_ms


class LeaseLostError(RefusedError):
    """Somebody else has the chunk or the stream now."""


class SupersededError(RefusedError):
    """A process that started later works under this node's name."""
