"""Sends a file, or the rest of it, in parts: an ASGI server would read a plain iterator into memory first."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from pathlib import Path

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse

PART_BYTES = 512 * 1024
REST_OF_FILE = re.compile(r"bytes=(\d{1,15})-")


def file_rest_response(request: HttpRequest, path: Path) -> StreamingHttpResponse | HttpResponse:
    """The file from where ``Range: bytes=N-`` says; other ranges get the whole file."""
    size = path.stat().st_size
    wanted = REST_OF_FILE.fullmatch(request.headers.get("Range", ""))
    start = int(wanted[1]) if wanted else 0
    if start > size:
        return HttpResponse(status=416, headers={"Content-Range": f"bytes */{size}"})
    response = StreamingHttpResponse(_parts(path, start), content_type="application/octet-stream")
    response["Content-Length"] = str(size - start)
    if wanted:
        response.status_code = 206
        response["Content-Range"] = f"bytes {start}-{size - 1}/{size}"
    return response


async def _parts(path: Path, start: int) -> AsyncIterator[bytes]:
    with await asyncio.to_thread(path.open, "rb") as file:
        file.seek(start)
        while part := await asyncio.to_thread(file.read, PART_BYTES):
            yield part
