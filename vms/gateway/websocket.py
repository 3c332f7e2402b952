"""How WebSockets are spoken: uvicorn's own way, but that nobody who takes nothing is waited for."""

from __future__ import annotations

import socket
import struct
from asyncio import BaseTransport, TimerHandle

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

STALLED_SECONDS = 10.0
KERNEL_BUFFER_BYTES = 64 * 1024
"""Linux lets a buffer grow to megabytes for each connection whose other side does not read."""

RESET = struct.pack("ii", 1, 0)


class ImpatientWebSocketProtocol(WebSocketsSansIOProtocol):
    """Cuts off a peer that has full buffers for ten seconds, or does not answer a ping.

    ``transport.close`` waits until what was written is taken, which with such a peer is for ever.
    """

    _stalled: TimerHandle | None = None

    def connection_made(self, transport: BaseTransport) -> None:
        super().connection_made(transport)
        self._handle: socket.socket = transport.get_extra_info("socket")
        self._handle.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, KERNEL_BUFFER_BYTES)

    def pause_writing(self) -> None:
        super().pause_writing()
        self._stalled = self.loop.call_later(STALLED_SECONDS, self._cut_off)

    def resume_writing(self) -> None:
        super().resume_writing()
        self._moves_again()

    def connection_lost(self, exc: Exception | None) -> None:
        self._moves_again()
        super().connection_lost(exc)

    def keepalive_timeout(self) -> None:
        super().keepalive_timeout()
        self._cut_off()

    def _cut_off(self) -> None:
        """With a reset: otherwise the kernel keeps what was written and asks for minutes whether it is wanted now."""
        self._handle.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
        self.transport.abort()

    def _moves_again(self) -> None:
        if self._stalled is not None:
            self._stalled.cancel()
            self._stalled = None
