"""RTSP 1.0 requests and answers as text (RFC 2326)."""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

REASONS = {
    200: "OK",
    401: "Unauthorized",
    404: "Not Found",
    405: "Method Not Allowed",
    454: "Session Not Found",
    455: "Method Not Valid in This State",
    461: "Unsupported Transport",
}
_INTERLEAVED_MARK = b"$"


@dataclass(frozen=True)
class RtspRequest:
    method: str
    url: str
    headers: dict[str, str]

    @property
    def path(self) -> list[str]:
        return [unquote(part) for part in urlsplit(self.url).path.split("/") if part]

    def answer(self, code: int, *headers: str, body: str = "") -> bytes:
        lines = [f"RTSP/1.0 {code} {REASONS[code]}", f"CSeq: {self.headers.get('cseq', '0')}", *headers]
        if body:
            lines.append(f"Content-Length: {len(body.encode())}")
        return ("\r\n".join(lines) + "\r\n\r\n" + body).encode()


@dataclass(frozen=True)
class TransportRequest:
    """What a client asks for in SETUP's Transport header."""

    is_tcp: bool
    is_unicast: bool
    first: int

    @classmethod
    def parse(cls, header: str) -> TransportRequest:
        is_tcp = "RTP/AVP/TCP" in header
        ports = re.search(r"(?:interleaved|client_port)=(\d+)", header)
        return cls(is_tcp=is_tcp, is_unicast="multicast" not in header, first=int(ports[1]) if ports else 0)


async def rtsp_request_read(reader: asyncio.StreamReader) -> RtspRequest | None:
    """The next request; None for a packet that a client sent between requests (its RTCP reports)."""
    first = await reader.readexactly(1)
    if first == _INTERLEAVED_MARK:
        size = int.from_bytes((await reader.readexactly(3))[1:], "big")
        await reader.readexactly(size)
        return None
    head = (first + await reader.readuntil(b"\r\n\r\n")).decode("latin-1").strip()
    request_line, *lines = head.split("\r\n")
    headers = {name.strip().lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    await reader.readexactly(int(headers.get("content-length", 0)))
    method, url, *_ = [*request_line.split(" "), "", ""]
    return RtspRequest(method=method, url=url, headers=headers)
