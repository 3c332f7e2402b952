"""An HTTP server that answers as a test wants, request by request: what the real platform does only on bad days."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from workers.runtime.contract import EventBatch, EventBatchAnswer, EventReceipt


@dataclass(frozen=True)
class Request:
    method: str
    path: str
    headers: dict[str, str]
    body: bytes


@dataclass(frozen=True)
class Reply:
    """``cut`` sends only so many bytes of the body and breaks the connection."""

    status: int = 200
    body: bytes = b""
    cut: int | None = None

    @classmethod
    def error(cls, status: int, code: str) -> Reply:
        return cls(status, json.dumps({"code": code, "message": f"It is {code}.", "fields": {}}).encode())


@dataclass
class ScriptedPlatform:
    answer: Callable[[Request], Reply]
    requests: list[Request] = field(default_factory=list)
    url: str = ""

    @property
    def paths(self) -> list[str]:
        return [request.path.removeprefix("/internal/v1/") for request in self.requests]


@contextmanager
def scripted(answer: Callable[[Request], Reply]) -> Iterator[ScriptedPlatform]:
    platform = ScriptedPlatform(answer)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def handle_any(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            request = Request(self.command, self.path, dict(self.headers), body)
            platform.requests.append(request)
            reply = platform.answer(request)
            self.send_response(reply.status)
            self.send_header("Content-Length", str(len(reply.body)))
            self.end_headers()
            self.wfile.write(reply.body[: reply.cut])
            self.close_connection = reply.cut is not None

        do_GET = do_POST = do_PUT = handle_any  # noqa: N815

        def log_message(self, *_: object) -> None:
            """Silence."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    platform.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield platform
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def receipts(request: Request, status: int = 201) -> Reply:
    """The same receipt for every event of a batch."""
    batch = EventBatch.model_validate_json(request.body)
    given = tuple(
        EventReceipt(event_id=event.event_id, kind=event.kind, status=status)  # type: ignore[arg-type]
        for event in batch.events
    )
    return Reply(200, EventBatchAnswer(receipts=given).model_dump_json().encode())
