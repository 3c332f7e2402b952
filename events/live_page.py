"""One open page: what its user may see, and what waits to be sent to it."""

from __future__ import annotations

import asyncio
import json
from collections import deque
from collections.abc import Awaitable, Callable, Iterable
from typing import Any

from events.live import LiveMessage
from events.live_access import Access

Send = Callable[[dict[str, Any]], Awaitable[None]]

MOST_WAITING = 5_000
"""The texts are shared by all pages, so that a full queue is small."""
MOST_AT_ONCE = 200
GATHER_SECONDS = 0.1
"""Between two frames: what comes meanwhile goes in one, since a frame costs a thousand times what a message does."""
REFUSED = 4401
"""A close code that tells the page not to try again: the user has to sign in."""
TOO_SLOW = 4408
"""The page takes less than comes. It connects again and asks for what it missed."""


class LivePage:
    """``write`` sends what it is told, in order; all that waits goes in one frame, a JSON list of messages."""

    def __init__(self, session_key: str, send: Send) -> None:
        self.session_key = session_key
        self.access: Access | None = None
        self._send = send
        self._waiting: deque[str] = deque()
        self._news = asyncio.Event()
        self._number: int | None = None
        self._end_code: int | None = None

    @property
    def is_ended(self) -> bool:
        return self._end_code is not None

    def sees(self, camera_id: int | None) -> bool:
        """Asked for each message at the moment it is handed over, so that nothing goes out on what was once allowed."""
        return self.access is not None and (camera_id is None or camera_id in self.access.cameras)

    def tell(self, texts: Iterable[str]) -> None:
        """``texts``: messages in JSON."""
        if self._end_code is not None:
            return
        self._waiting.extend(texts)
        if len(self._waiting) > MOST_WAITING:
            self.end(TOO_SLOW)
        self._news.set()

    def tell_number(self, number: int) -> None:
        """Of the alerts that wait for the user, where it is another than the page was told."""
        if number != self._number:
            self._number = number
            self.tell([json.dumps(LiveMessage(kind="inbox.count", id="", camera_id=None, data={"number": number}))])

    def end(self, code: int) -> None:
        """Nothing more is sent; what waits is forgotten."""
        self.access = None
        self._end_code = self._end_code or code
        self._waiting.clear()
        self._news.set()

    async def write(self) -> None:
        """Until the page ends or its connection is gone."""
        try:
            while self._end_code is None:
                await self._news.wait()
                self._news.clear()
                await self._write_waiting()
                await asyncio.sleep(GATHER_SECONDS)
            await self._send({"type": "websocket.close", "code": self._end_code})
        except OSError:
            self.end(TOO_SLOW)  # the connection is gone

    async def _write_waiting(self) -> None:
        while self._waiting:
            texts = [self._waiting.popleft() for _ in range(min(len(self._waiting), MOST_AT_ONCE))]
            await self._send({"type": "websocket.send", "text": f"[{','.join(texts)}]"})
