"""A page that stays open: one WebSocket, and when each message first came over it."""

from __future__ import annotations

import json
import threading
import time
import uuid
from collections import Counter
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Origin

MEGABYTE = 2**20


@dataclass
class Subscriber:
    """``with Subscriber(url, cookie) as page``: ``arrivals`` of events, in seconds since 1970 by (kind, id)."""

    url: str
    cookie: str
    arrivals: dict[tuple[str, uuid.UUID], float] = field(default_factory=dict)
    repeated: int = 0
    messages: int = 0
    heard: Counter[str] = field(default_factory=Counter)
    """Messages by what they are about: ``event``, ``alert``, ``camera``."""
    closed: str = ""
    """Why the socket ended before its time; empty: it did not."""
    _stopping: bool = False

    def __enter__(self) -> Self:
        self.open()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def open(self) -> None:
        self._stopping = False
        headers = {"Cookie": self.cookie}
        address = f"ws://{urlsplit(self.url).netloc}/ws/live"
        self._socket: ClientConnection = connect(
            address, origin=Origin(self.url), additional_headers=headers, max_size=MEGABYTE
        )
        self._thread = threading.Thread(target=self._read, name="subscriber", daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._stopping = True
        self._socket.close()
        self._thread.join(10)

    def reload(self, cursor: str = "") -> None:
        """As a person does who opens a page: with its ``cursor`` it asks for what came since it was drawn."""
        self.close()
        self.open()
        if cursor:
            self._socket.send(json.dumps({"resume": cursor}))

    def _read(self) -> None:
        try:
            for text in self._socket:
                for message in json.loads(text):
                    self._note(message, time.time())
        except ConnectionClosed as error:
            self.closed = "" if self._stopping else str(error)

    def _note(self, message: dict[str, object], now: float) -> None:
        self.messages += 1
        kind = str(message["kind"])
        self.heard[kind.partition(".")[0]] += 1
        if not kind.startswith("event."):
            return
        key = kind, uuid.UUID(str(message["id"]))
        self.repeated += key in self.arrivals
        self.arrivals.setdefault(key, now)

    def arrival(self, event_id: uuid.UUID) -> float | None:
        """When the event's start came."""
        return self.arrivals.get(("event.started", event_id))
