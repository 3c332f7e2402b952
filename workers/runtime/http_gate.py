"""A small proxy of this process's own, through which FFmpeg reaches cameras over HTTP, and nothing but cameras.

FFmpeg follows redirects, and playlists that name other hosts; each of its connections is checked here anew. The
name is looked up once and the connection goes to the address that was checked.
"""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Sequence
from typing import Self
from urllib.parse import urlsplit

from workers.runtime.contract import ForbiddenHostError, UnknownHostError, host_pin
from workers.runtime.gates import CONNECT_SECONDS, PIECE_BYTES, Gate, hang_up

MOST_HEAD_BYTES = 32 * 1024


class HttpGate(Gate):
    """``with HttpGate(networks)`` serves ``url``."""

    def __init__(self, networks: Sequence[str]) -> None:
        super().__init__(networks)
        self.url = f"http://127.0.0.1:{self.port}"

    def __enter__(self) -> Self:
        _leave_no_way_past()
        return super().__enter__()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, name="HttpGate", args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        with client:
            try:
                head, rest = _head_read(client)
                camera = self._connect(head)
            except (OSError, ValueError, ForbiddenHostError, UnknownHostError) as error:
                self.forbidden |= isinstance(error, ForbiddenHostError)
                self.failure = error
                _answer(client, b"HTTP/1.1 502 Not reached\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
                return
            self.has_connected = True
            with camera:
                self._pass_on(client, camera, head, rest)

    def _pass_on(self, client: socket.socket, camera: socket.socket, head: bytes, rest: bytes) -> None:
        try:
            _begin(client, camera, head, rest)
        except OSError as error:
            self.failure = error
        # A close alone would wait for the other direction's thread, and FFmpeg for its time limit.
        hang_up(client)
        hang_up(camera)

    def _connect(self, head: bytes) -> socket.socket:
        host, port = _target(head)
        return socket.create_connection((host_pin(host, self._networks, port), port), CONNECT_SECONDS)


def _leave_no_way_past() -> None:
    """FFmpeg asks no proxy for a host that ``no_proxy`` names; Python's own clients read it in capitals too."""
    exceptions = os.environ.pop("no_proxy", None)
    if exceptions is not None:
        os.environ["NO_PROXY"] = exceptions


def _target(head: bytes) -> tuple[str, int]:
    method, target, *_ = head.split(b"\r\n", 1)[0].decode("latin-1").split(" ")
    parts = urlsplit(f"//{target}" if method == "CONNECT" else target)
    if not parts.hostname:
        raise ValueError("a request that names no host")
    return parts.hostname, parts.port or (443 if method == "CONNECT" else 80)


def _head_read(client: socket.socket) -> tuple[bytes, bytes]:
    client.settimeout(CONNECT_SECONDS)
    data = b""
    while b"\r\n\r\n" not in data:
        piece = client.recv(PIECE_BYTES)
        if not piece or len(data) > MOST_HEAD_BYTES:
            raise ValueError("no request")
        data += piece
    head, _, rest = data.partition(b"\r\n\r\n")
    return head, rest


def _begin(client: socket.socket, camera: socket.socket, head: bytes, rest: bytes) -> None:
    camera.settimeout(None)
    client.settimeout(None)
    if head.startswith(b"CONNECT "):
        _answer(client, b"HTTP/1.1 200 Connected\r\n\r\n")
    else:
        _answer(camera, _as_to_a_camera(head) + b"\r\n\r\n" + rest)
    threading.Thread(target=_pass_requests, name="HttpGate", args=(client, camera), daemon=True).start()
    _pass(camera, client)


def _pass_requests(client: socket.socket, camera: socket.socket) -> None:
    try:
        _pass(client, camera)
    except OSError:
        pass  # the camera's side ends too, and tells
    finally:
        hang_up(camera)  # a camera that says nothing would never tell that FFmpeg has gone


def _as_to_a_camera(head: bytes) -> bytes:
    """The request as it would be without a proxy: many cameras know no other."""
    line, *headers = head.split(b"\r\n")
    method, target, version = line.split(b" ", 2)
    parts = urlsplit(target.decode("latin-1"))
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    kept = [header for header in headers if not header.lower().startswith((b"proxy-", b"connection:"))]
    return b"\r\n".join([b" ".join([method, path.encode("latin-1"), version]), *kept, b"Connection: close"])


def _pass(source: socket.socket, sink: socket.socket) -> None:
    while piece := source.recv(PIECE_BYTES):
        sink.sendall(piece)


def _answer(sink: socket.socket, data: bytes) -> None:
    try:
        sink.sendall(data)
    except OSError:
        return
