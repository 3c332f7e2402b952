"""The browser's end of the live socket, spoken to over ASGI in the test's own process."""

from __future__ import annotations

import json
from typing import Any

from asgiref.testing import ApplicationCommunicator

from vms.routing import sockets

SECONDS = 120


class LivePage:
    def __init__(self, *, cookie: str, origin: str) -> None:
        headers = [(b"origin", origin.encode()), (b"host", b"localhost"), (b"cookie", cookie.encode())]
        scope = {"type": "websocket", "path": "/ws/live", "query_string": b"", "headers": headers, "subprotocols": []}
        # asgiref's testing module has no types.
        self._line: Any = ApplicationCommunicator(sockets, scope)  # type: ignore[no-untyped-call]
        self._waiting: list[dict[str, Any]] = []

    async def connect(self) -> bool:
        """Whether the handshake was accepted."""
        await self._line.send_input({"type": "websocket.connect"})
        return bool((await self.next_output())["type"] == "websocket.accept")

    async def ready(self) -> None:
        assert await self.connect()
        assert (await self.next_message())["kind"] == "ready"

    async def next_output(self) -> dict[str, Any]:
        output: dict[str, Any] = await self._line.receive_output(SECONDS)
        return output

    async def next_message(self) -> dict[str, Any]:
        if not self._waiting:
            self._waiting = json.loads((await self.next_output())["text"])
        return self._waiting.pop(0)

    async def send(self, text: str) -> None:
        await self._line.send_input({"type": "websocket.receive", "text": text})

    async def leave(self) -> None:
        if not self._line.future.done():
            await self._line.send_input({"type": "websocket.disconnect", "code": 1000})
            await self._line.wait(SECONDS)
