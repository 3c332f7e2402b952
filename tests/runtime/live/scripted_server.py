"""A server that gives every visitor the same answer, and remembers what they asked for."""

from __future__ import annotations

import contextlib
import socket
import threading
from types import TracebackType
from typing import Self


class ScriptedServer:
    """``with ScriptedServer(answer) as server``; ``{CSEQ}`` in the answer becomes the request's number."""

    def __init__(self, answer: str, host: str = "127.0.0.1") -> None:
        self._answer = answer
        self._listener = socket.create_server((host, 0))
        self.port: int = self._listener.getsockname()[1]
        self.visits = 0
        self.asked: list[str] = []

    def __enter__(self) -> Self:
        threading.Thread(target=self._serve, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._listener.close()

    def _serve(self) -> None:
        while True:
            try:
                visitor, _ = self._listener.accept()
            except OSError:
                return
            self.visits += 1
            threading.Thread(target=self._answer_to, args=(visitor,), daemon=True).start()

    def _answer_to(self, visitor: socket.socket) -> None:
        with visitor, contextlib.suppress(ConnectionError):
            while data := visitor.recv(65536).decode("latin-1"):
                self.asked.append(data)
                lines = (line.partition(":") for line in data.split("\r\n"))
                number = next((value.strip() for name, _, value in lines if name.lower() == "cseq"), "0")
                visitor.sendall(self._answer.replace("{CSEQ}", number).encode())
