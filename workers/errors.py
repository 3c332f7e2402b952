"""Refusals that only GPU hosts meet."""

from __future__ import annotations

from vms.errors import ConflictError, DomainError


class LeaseLostError(ConflictError):
    """Another node, or a later attempt of the same one, has the chunk now."""

    code = "lease_lost"


class SupersededError(ConflictError):
    """A process that started later has registered under the same node name."""

    code = "superseded"


class UnauthenticatedError(DomainError):
    code = "unauthenticated"
    http_status = 401


class UnavailableError(DomainError):
    """Something that is needed to decide is down; ask again."""

    code = "unavailable"
    http_status = 503
