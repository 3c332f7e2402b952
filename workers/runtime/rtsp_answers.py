"""Reads what an RTSP camera answers, before FFmpeg does, so that no answer leads elsewhere.

Each answer is written anew from what was understood here: FFmpeg never reads another thing into it.
"""

from __future__ import annotations

import re
from collections.abc import Callable

FRAME_HEAD_BYTES = 4
MOST_HEAD_BYTES = 64 * 1024
MOST_BODY_BYTES = 2**20
HEAD_END = re.compile(rb"\n\r*\n")
ANSWER = re.compile(rb"RTSP/\d\.\d (\d{3})(?: .*)?")
REQUEST = re.compile(rb"[A-Z_]+ \S+ RTSP/\d\.\d")
SOURCE = re.compile(rb";\s*source=[^;,]*", re.IGNORECASE)


class NoRtspError(Exception):
    """What comes is no RTSP."""


class Answers:
    """Of one connection to the camera at ``pin``. ``sent_on`` gives the address to go to instead of a redirect's."""

    def __init__(self, pin: str, sent_on: Callable[[str], str]) -> None:
        self._pin = pin.encode()
        self._sent_on = sent_on
        self.unread = b""

    def read(self, data: bytes) -> bytes:
        """What may be passed on by now.

        Raises:
            NoRtspError: it is neither an answer nor a frame of a stream.
            ForbiddenHostError, UnknownHostError, ValueError: it leads where no camera may be, or nowhere.
        """
        self.unread += data
        passed = []
        while (piece := self._next()) is not None:
            passed.append(piece)
        return b"".join(passed)

    def _next(self) -> bytes | None:
        if self.unread.startswith(b"$"):
            size = int.from_bytes(self.unread[2:FRAME_HEAD_BYTES], "big")
            return self._taken(FRAME_HEAD_BYTES + size) if len(self.unread) >= FRAME_HEAD_BYTES else None
        self.unread = self.unread.lstrip()
        end = HEAD_END.search(self.unread)
        if end is None:
            if len(self.unread) > MOST_HEAD_BYTES:
                raise NoRtspError
            return None
        lines = [line for line in self.unread[: end.start()].replace(b"\r", b"").split(b"\n") if line]
        whole = self._taken(end.end() + _body_bytes(lines))
        return None if whole is None else self._written(lines, whole[end.end() :])

    def _taken(self, size: int) -> bytes | None:
        if len(self.unread) < size:
            return None
        piece, self.unread = self.unread[:size], self.unread[size:]
        return piece

    def _written(self, lines: list[bytes], body: bytes) -> bytes:
        first, *headers = lines
        answer = ANSWER.fullmatch(first)
        if answer is None and not REQUEST.fullmatch(first):
            raise NoRtspError
        is_redirect = answer is not None and answer[1].startswith(b"3")
        kept = [header for header in headers if _name(header) not in (b"content-length", b"location")]
        kept = [self._own_source(header) if _name(header) == b"transport" else header for header in kept]
        if is_redirect:
            kept.append(b"Location: " + self._elsewhere(headers))
        if body:
            kept.append(b"Content-Length: %d" % len(body))
        return b"\r\n".join([first, *kept, b"", b""]) + body

    def _elsewhere(self, headers: list[bytes]) -> bytes:
        places = [header.partition(b":")[2].strip() for header in headers if _name(header) == b"location"]
        if not places:
            raise NoRtspError
        return self._sent_on(places[-1].decode("latin-1")).encode("latin-1")

    def _own_source(self, transport: bytes) -> bytes:
        """UDP packets come from the camera itself: FFmpeg would send its reports wherever the answer says."""
        own = SOURCE.sub(b"", transport)
        return own + b";source=" + self._pin if b"server_port=" in own else own


def _name(header: bytes) -> bytes:
    return header.partition(b":")[0].strip().lower()


def _body_bytes(lines: list[bytes]) -> int:
    sizes = [line.partition(b":")[2].strip() for line in lines[1:] if _name(line) == b"content-length"]
    size = int(sizes[-1]) if sizes and sizes[-1].isdigit() else 0
    if size > MOST_BODY_BYTES:
        raise NoRtspError
    return size
