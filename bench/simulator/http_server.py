"""A small HTTP/1.1 server on loopback: enough for players, browsers and the control port."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from http import HTTPStatus
from urllib.parse import unquote, urlsplit

from bench.simulator.sockets import connection_close


@dataclass(frozen=True)
class HttpRequest:
    method: str
    path: list[str]
    headers: dict[str, str]
    body: bytes


class HttpExchange:
    """One request and the means to answer it: whole, or as a stream that ends with the connection."""

    def __init__(self, request: HttpRequest, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.request = request
        self.writer = writer
        self._reader = reader
        self.is_streaming = False

    def answer(self, status: HTTPStatus, body: bytes = b"", content_type: str = "text/plain", *headers: str) -> None:
        lines = [
            f"HTTP/1.1 {status.value} {status.phrase}",
            f"Content-Type: {content_type}",
            f"Content-Length: {len(body)}",
            *headers,
        ]
        self.writer.write(("\r\n".join(lines) + "\r\n\r\n").encode() + body)

    def answer_json(self, content: object, status: HTTPStatus = HTTPStatus.OK) -> None:
        self.answer(status, json.dumps(content).encode(), "application/json")

    def start_stream(self, content_type: str) -> None:
        self.is_streaming = True
        lines = ["HTTP/1.1 200 OK", f"Content-Type: {content_type}", "Cache-Control: no-store", "Connection: close"]
        self.writer.write(("\r\n".join(lines) + "\r\n\r\n").encode())

    async def wait_until_left(self) -> None:
        with contextlib.suppress(ConnectionError):
            while await self._reader.read(4096):
                pass

    def close(self, *, reset: bool) -> None:
        self.is_streaming = True
        connection_close(self.writer, reset=reset)


class HttpServer:
    """Reads requests and hands each to the handler; connections are kept alive between requests."""

    def __init__(self, handler: Callable[[HttpExchange], Awaitable[None]]) -> None:
        self._handler = handler
        self._connections: dict[asyncio.Task[None], asyncio.StreamWriter] = {}

    async def accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        if task is not None:
            self._connections[task] = writer
            task.add_done_callback(self._connections.pop)
        try:
            while (request := await _request_read(reader)) is not None:
                exchange = HttpExchange(request, reader, writer)
                await self._handler(exchange)
                if exchange.is_streaming:
                    break
        except (asyncio.IncompleteReadError, asyncio.LimitOverrunError, ConnectionError, ValueError):
            pass  # the client left, or does not speak HTTP
        except asyncio.CancelledError:
            pass  # the simulator is being switched off, and nobody waits for this task's result
        finally:
            writer.close()

    @property
    def tasks(self) -> list[asyncio.Task[None]]:
        return list(self._connections)

    def close(self) -> None:
        for writer in list(self._connections.values()):
            writer.transport.abort()


async def _request_read(reader: asyncio.StreamReader) -> HttpRequest | None:
    try:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").strip()
    except asyncio.IncompleteReadError:
        return None
    request_line, *lines = head.split("\r\n")
    headers = {name.strip().lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    body = await reader.readexactly(int(headers.get("content-length", 0)))
    method, target, *_ = [*request_line.split(" "), "/"]
    path = [unquote(part) for part in urlsplit(target).path.split("/") if part]
    return HttpRequest(method=method, path=path, headers=headers, body=body)
