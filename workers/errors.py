"""Refusals that only GPU hosts meet."""

from __future__ import annotations

import time
from typing import Any

from vms.errors import ConflictError, DomainError


class LeaseLostError(ConflictError):
    """Another node, or a later attempt of the same one, has the chunk now."""

    code = "lease_lost"


class SupersededError(ConflictError):
    """A process that started later has registered under the same node name."""

    code = "superseded"


class StartAwaitedError(ConflictError):
    """An event's end came before its start, which another node has to tell: to be sent again."""

    code = "start_awaited"


class UnauthenticatedError(DomainError):
    code = "unauthenticated"
    http_status = 401


class ClockSkewError(UnauthenticatedError):
    """The node's clock is wrong, its token is not: told our time, it signs with that."""

    code = "clock_skew"

    def as_json(self) -> dict[str, Any]:
        return super().as_json() | {"clock_ms": round(time.time() * 1000)}


class ReplayedError(UnauthenticatedError):
    """The very same request was here before."""

    code = "replayed"


class UnavailableError(DomainError):
    """Something that is needed to decide is down; ask again."""

    code = "unavailable"
    http_status = 503
