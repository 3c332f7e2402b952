"""A small TCP proxy that a test can cut: what a network that fails looks like to both of its ends."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from types import TracebackType
from typing import Self

HOST = "127.0.0.1"
PART_BYTES = 65_536


class CuttableProxy:
    """``with CuttableProxy(port) as proxy`` forwards ``proxy.port`` until ``cut``: then nothing passes or answers.

    Connections made while it is cut hang, as behind a router that drops packets. What clients sent is kept in
    ``tapes``, one for each connection, while ``is_taping``.
    """

    def __init__(self, target_port: int) -> None:
        self._target_port = target_port
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="proxy", daemon=True)
        self._whole = asyncio.Event()
        self._streams: set[asyncio.StreamWriter] = set()
        self.port = 0
        self.is_taping = False
        self.tapes: list[bytearray] = []

    def __enter__(self) -> Self:
        self._thread.start()
        self.port = asyncio.run_coroutine_threadsafe(self._listen(), self._loop).result(10)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        asyncio.run_coroutine_threadsafe(self._close(), self._loop).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)

    def cut(self) -> None:
        self._loop.call_soon_threadsafe(self._whole.clear)

    def heal(self) -> None:
        """Mend it. Connections of before are reset: their ends had long given them up in a real network."""
        asyncio.run_coroutine_threadsafe(self._heal(), self._loop).result(10)

    async def _listen(self) -> int:
        self._whole.set()
        self._server = await asyncio.start_server(self._accept, HOST, 0)
        return int(self._server.sockets[0].getsockname()[1])

    async def _heal(self) -> None:
        for writer in list(self._streams):
            writer.transport.abort()
        self._whole.set()

    async def _close(self) -> None:
        self._server.close()
        for task in asyncio.all_tasks():
            if task is not asyncio.current_task():
                task.cancel()

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await self._whole.wait()
        try:
            far_reader, far_writer = await asyncio.open_connection(HOST, self._target_port)
        except OSError:
            writer.transport.abort()
            return
        self._streams |= {writer, far_writer}
        tape = bytearray()
        self.tapes.append(tape)
        await asyncio.gather(self._forward(reader, far_writer, tape), self._forward(far_reader, writer))
        self._streams -= {writer, far_writer}

    async def _forward(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, tape: bytearray | None = None
    ) -> None:
        with contextlib.suppress(OSError):
            while part := await reader.read(PART_BYTES):
                if tape is not None and self.is_taping:
                    tape += part
                await self._whole.wait()
                writer.write(part)
                await writer.drain()
        writer.close()
