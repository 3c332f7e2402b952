"""Requests as they stood on a proxy's tape: whole, signed, and to be sent once more."""

from __future__ import annotations

import http.client
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

METHODS = (b"POST ", b"PUT ", b"GET ")


@dataclass(frozen=True)
class TapedRequest:
    method: str
    path: str
    headers: dict[str, str]
    body: bytes

    def send_again(self, port: int) -> int:
        """Byte for byte; the status of the answer."""
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
        try:
            connection.request(self.method, self.path, self.body, self.headers)
            return connection.getresponse().status
        finally:
            connection.close()


def taped_requests(tapes: Sequence[bytes | bytearray]) -> Iterator[TapedRequest]:
    """Those that are whole; a tape may begin in the midst of one."""
    for tape in map(bytes, tapes):
        starts = [place for method in METHODS if (place := tape.find(method)) >= 0]
        rest = tape[min(starts) :] if starts else b""
        while b"\r\n\r\n" in rest:
            head, _, rest = rest.partition(b"\r\n\r\n")
            line, *fields = head.decode("latin-1").split("\r\n")
            headers = dict(field.split(": ", 1) for field in fields)
            length = next((int(value) for name, value in headers.items() if name.lower() == "content-length"), 0)
            if len(rest) < length:
                break
            method, path, _ = line.split(" ", 2)
            yield TapedRequest(method, path, headers, rest[:length])
            rest = rest[length:]


def events_of(request: TapedRequest) -> list[dict[str, Any]]:
    """The messages of a batch of events; none where it is another request."""
    if not request.path.endswith("/events"):
        return []
    events: list[dict[str, Any]] = json.loads(request.body)["events"]
    return events
