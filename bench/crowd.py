"""Many open pages in one event loop of a thread: which alerts came to each, and when the last one did."""

from __future__ import annotations

import asyncio
import json
import socket
import threading
import time
from collections.abc import Callable, Coroutine
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, TypeVar

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Origin

MEGABYTE = 2**20
SMALLEST_BUFFER = 4096
AT_ONCE = 50
Result = TypeVar("Result")


@dataclass(eq=False)
class Visitor:
    """One page: which alerts came, its cursor, and when the last message about a camera came."""

    line: ClientConnection
    alerts: set[str] = field(default_factory=set)
    """Of which it was told; ``listed`` are all that it heard of."""
    listed: set[str] = field(default_factory=set)
    cursor: str = ""
    last_at: float = 0.0

    async def read(self) -> None:
        with suppress(ConnectionClosed):
            async for text in self.line:
                for message in _listed(json.loads(text)):
                    self._note(message)

    def _note(self, message: dict[str, Any]) -> None:
        if "cursor" in message:
            self.cursor = message["cursor"]
        if message.get("camera_id") is not None:
            self.last_at = time.time()
        if message["kind"] == "alert.raised":
            self.alerts.add(message["id"])
        if message["kind"] in ("alert.raised", "alert.updated"):
            self.listed.add(message["id"])


class Crowd:
    """Use it as a context; ``enter`` opens pages, which read until the end."""

    def __init__(self, url: str, cookie: str, path: str = "/ws/live") -> None:
        self.url, self.cookie, self.path = url, cookie, path
        self.visitors: list[Visitor] = []
        self._readers: set[asyncio.Task[None]] = set()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)

    def __enter__(self) -> Crowd:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._run(self._leave())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def enter(self, count: int) -> list[Visitor]:
        return self._run(self._enter(count))

    def enter_without_reading(self, count: int) -> list[socket.socket]:
        """Their side of the connection is never read, and holds little."""
        return [self._stuck() for _ in range(count)]

    def resume(self, visitor: Visitor, cursor: str) -> None:
        """Ask for what came since, as a page does that connects again."""
        self._run(visitor.line.send(json.dumps({"resume": cursor})))

    def wait_until(self, holds: Callable[[], bool], seconds: float) -> bool:
        deadline = time.monotonic() + seconds
        while not holds() and time.monotonic() < deadline:
            time.sleep(0.1)
        return holds()

    async def _enter(self, count: int) -> list[Visitor]:
        turn = asyncio.Semaphore(AT_ONCE)

        async def one() -> Visitor:
            async with turn:
                headers = {"Cookie": self.cookie}
                address = f"ws{self.url.removeprefix('http')}{self.path}"
                line = await connect(
                    address, origin=Origin(self.url), additional_headers=headers, compression=None, max_size=MEGABYTE,
                    open_timeout=60, ping_interval=None,
                )  # fmt: skip
            visitor = Visitor(line)
            self._readers.add(asyncio.create_task(visitor.read()))
            return visitor

        entered = await asyncio.gather(*(one() for _ in range(count)))
        self.visitors += entered
        return list(entered)

    async def _leave(self) -> None:
        for visitor in self.visitors:
            visitor.line.transport.abort()
        await asyncio.gather(*self._readers, return_exceptions=True)

    def _stuck(self) -> socket.socket:
        host, _, port = self.url.partition("//")[2].partition(":")
        line = socket.socket()
        line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, SMALLEST_BUFFER)
        line.connect((host, int(port)))
        line.sendall(
            f"GET {self.path} HTTP/1.1\r\nHost: {host}:{port}\r\nOrigin: {self.url}\r\nCookie: {self.cookie}\r\n"
            "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
            "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n".encode()
        )
        return line

    def _run(self, work: Coroutine[Any, Any, Result]) -> Result:
        future: Future[Result] = asyncio.run_coroutine_threadsafe(work, self._loop)
        return future.result(300)


def _listed(content: Any) -> list[dict[str, Any]]:  # noqa: ANN401  it is JSON
    return content if isinstance(content, list) else [content]
