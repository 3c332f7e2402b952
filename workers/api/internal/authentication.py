"""Who is calling: a node proves by HMAC that it knows its token, for this very request, now, once."""

from __future__ import annotations

import hmac
import re
import time
from functools import cache

import redis
import structlog
from django.conf import settings
from django.http import HttpRequest
from redis.backoff import NoBackoff
from redis.retry import Retry

from vms.errors import ForbiddenError
from vms.storage.encryption import DecryptionError
from workers.errors import ClockSkewError, ReplayedError, UnauthenticatedError, UnavailableError
from workers.models import WorkerNode
from workers.runtime.contract import (
    CONTENT_HEADER,
    CONTRACT_HEADER,
    MAX_CLOCK_SKEW_SECONDS,
    NODE_HEADER,
    NONCE_HEADER,
    SIGNATURE_HEADER,
    TIMESTAMP_HEADER,
    sign,
)
from workers.services.line_node import NAME, line_node

log = structlog.get_logger(__name__)

NODE_SCOPE_KEY = "vms.node"
"""Where the upload gate leaves the node of a request whose headers it has checked."""
NONCE = re.compile(r"[A-Za-z0-9_-]{16,64}")
SHA256 = re.compile(r"[0-9a-f]{64}")
TIMESTAMP = re.compile(r"[0-9]{1,12}")
CONTRACT = re.compile(r"[0-9]{1,4}")


@cache
def _nonces() -> redis.Redis:
    # One more try for a connection that went stale; longer waits are the node's, which sends again.
    retry = Retry(NoBackoff(), 1)
    return redis.Redis.from_url(settings.REDIS_URL, socket_timeout=2, socket_connect_timeout=2, retry=retry)


def node_of(request: HttpRequest) -> WorkerNode:
    """The calling node, known already where the upload gate stands before Django; errors as for the next one."""
    node = getattr(request, "scope", {}).get(NODE_SCOPE_KEY)
    return node if isinstance(node, WorkerNode) else node_authenticate(request)


def node_authenticate(request: HttpRequest) -> WorkerNode:
    """The calling node. The body is not read: whoever reads it compares it with the signed hash.

    Raises:
        UnauthenticatedError: unknown node, wrong signature, a clock too far off, or a request seen before.
        ForbiddenError: the node is disabled.
        UnavailableError: nobody can tell whether the request was seen before.
    """
    node = _known(request.headers.get(NODE_HEADER, ""))
    timestamp, nonce = request.headers.get(TIMESTAMP_HEADER, ""), request.headers.get(NONCE_HEADER, "")
    body_sha256 = request.headers.get(CONTENT_HEADER, "")
    if not (TIMESTAMP.fullmatch(timestamp) and NONCE.fullmatch(nonce) and SHA256.fullmatch(body_sha256)):
        raise UnauthenticatedError("The request is not signed.")
    expected = sign(
        _token(node),
        method=request.method or "",
        path=request.get_full_path(),
        timestamp=timestamp,
        nonce=nonce,
        body_sha256=body_sha256,
    )
    given = request.headers.get(SIGNATURE_HEADER, "")
    if not hmac.compare_digest(expected.encode(), given.encode()) or node is None:
        log.warning("node.refused", node=request.headers.get(NODE_HEADER, "")[:64], path=request.path)
        raise UnauthenticatedError("The node is not known here, or its token is another.")
    _admit(node, int(timestamp), nonce)
    return node


def contract_version(request: HttpRequest) -> int:
    """Which version of the messages the node reads: what came later must be left out of the answer."""
    told = request.headers.get(CONTRACT_HEADER, "")
    return int(told) if CONTRACT.fullmatch(told) else 1


def _known(name: str) -> WorkerNode | None:
    return line_node() if name == NAME else WorkerNode.objects.filter(name=name).first()


def _admit(node: WorkerNode, timestamp: int, nonce: str) -> None:
    if not node.enabled:
        raise ForbiddenError("This node is disabled.")
    skew = time.time() - timestamp
    if abs(skew) > MAX_CLOCK_SKEW_SECONDS:
        raise ClockSkewError(f"The node's clock is {abs(skew):.0f} s {'behind' if skew > 0 else 'ahead'}.")
    key = f"vms-nonce:{node.id}:{nonce}"
    try:
        fresh = _nonces().set(key, 1, nx=True, ex=2 * MAX_CLOCK_SKEW_SECONDS + 1)
    except redis.RedisError as error:
        raise UnavailableError("The platform cannot check requests just now.") from error
    if not fresh:
        raise ReplayedError("This request was made before.")


def _token(node: WorkerNode | None) -> str:
    """An unknown node costs the same time as a known one and gets the same answer."""
    if node is None:
        return settings.SECRET_KEY
    try:
        return node.token
    except DecryptionError:
        log.error("node.token_unreadable", node=node.name)
        return settings.SECRET_KEY
