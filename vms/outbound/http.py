"""Posting over HTTP to an address that a person wrote."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import urllib3
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import HTTPError

from vms.outbound.connecting import connect
from vms.outbound.deadline import Deadline
from vms.outbound.errors import OutboundError
from vms.outbound.networks import Guard
from vms.outbound.targets import Target, target_of
from vms.outbound.tls import tls_context

MOST_ANSWER_BYTES = 4_096


@dataclass(frozen=True, slots=True)
class HttpAnswer:
    """``text`` is the beginning of the body, at most ``MOST_ANSWER_BYTES`` of it."""

    status: int
    headers: Mapping[str, str]
    text: str


def http_post(url: str, *, body: bytes, headers: Mapping[str, str], guard: Guard, seconds: float) -> HttpAnswer:
    """Post once; a redirect is an answer like others and is not followed. No proxy of the environment is used.

    Raises:
        ForbiddenTargetError: the address may not be connected to, and was not.
        TooSlowError: the whole exchange took longer than ``seconds``.
        OutboundError: no answer came.
    """
    target = target_of(url)
    with Deadline(seconds) as deadline:
        try:
            return _posted(target, body, headers, guard, deadline)
        except (HTTPError, OSError, ValueError) as error:
            # Without its cause: urllib3's errors hold the path, and that may be a secret.
            raise (deadline.error() if _late(error, deadline) else _plain(target, error)) from None


def _posted(target: Target, body: bytes, headers: Mapping[str, str], guard: Guard, deadline: Deadline) -> HttpAnswer:
    pool = _pool(target, guard, deadline)
    with pool:
        answer = pool.urlopen(
            "POST", target.path, body=body, headers=dict(headers), redirect=False, retries=False, preload_content=False
        )
        # decode_content stays off: a few packed bytes could unfold into gigabytes.
        text = answer.read(MOST_ANSWER_BYTES, decode_content=False)
        if deadline.expired:
            raise deadline.error()
        return HttpAnswer(answer.status, answer.headers, text.decode(errors="replace"))


def _pool(target: Target, guard: Guard, deadline: Deadline) -> urllib3.HTTPConnectionPool:
    timeout = urllib3.Timeout(total=deadline.remaining())
    ways: dict[str, Any] = {"maxsize": 1, "timeout": timeout, "guard": guard, "deadline": deadline}
    if target.scheme == "https":
        return _GuardedHTTPSPool(target.host, target.port, ssl_context=tls_context(), **ways)
    return _GuardedHTTPPool(target.host, target.port, **ways)


def _late(error: Exception, deadline: Deadline) -> bool:
    return deadline.expired or isinstance(error, urllib3.exceptions.TimeoutError | TimeoutError)


def _plain(target: Target, error: Exception) -> OutboundError:
    if isinstance(error, urllib3.exceptions.SSLError | ssl.SSLError):
        return OutboundError(f"{target.host} has no certificate that can be trusted, or speaks no TLS.")
    return OutboundError(f"{target.host} ended the connection or answered with something that is not HTTP.")


class _GuardedHTTPConnection(HTTPConnection):
    """Name, certificate and ``Host`` stay as they are written; only the connection itself is ours."""

    def __init__(self, *args: Any, guard: Guard, deadline: Deadline, **kwargs: Any) -> None:  # noqa: ANN401  urllib3's
        super().__init__(*args, **kwargs)
        self.guard, self.deadline = guard, deadline

    def _new_conn(self) -> socket.socket:
        return connect(self._dns_host, self.port, guard=self.guard, deadline=self.deadline)


class _GuardedHTTPSConnection(_GuardedHTTPConnection, HTTPSConnection):
    pass


class _GuardedHTTPPool(urllib3.HTTPConnectionPool):
    ConnectionCls = _GuardedHTTPConnection


class _GuardedHTTPSPool(urllib3.HTTPSConnectionPool):
    ConnectionCls = _GuardedHTTPSConnection
