"""Serves a stored file over HTTP, whole or the one range that a player seeks to (RFC 9110, section 14)."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Iterator
from email.utils import formatdate
from pathlib import Path
from typing import BinaryIO

from django.core.handlers.asgi import ASGIRequest
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.utils.translation import gettext as _

from vms.errors import NotFoundError

RANGE = re.compile(r"bytes=(\d{0,18})-(\d{0,18})")
BLOCK_BYTES = 256 * 1024


def file_response(request: HttpRequest, path: Path, content_type: str, *, download_name: str = "") -> HttpResponseBase:
    """The file, or the part of it that ``Range`` asks for. The caller has checked that the user may have it.

    Raises:
        NotFoundError: it is not there (any more).
    """
    try:
        file = path.open("rb")
    except OSError:
        raise NotFoundError(_("The file is not there any more.")) from None
    size = path.stat().st_size
    validator = f'"{path.stat().st_mtime_ns:x}-{size:x}"'
    wanted = _wanted_range(request, size, validator)
    if request.headers.get("If-None-Match", "") == validator:
        file.close()
        response: HttpResponseBase = HttpResponse(status=304)
    elif wanted is not None and wanted.start >= wanted.stop:
        file.close()
        response = HttpResponse(status=416, content_type=content_type)
        response["Content-Range"] = f"bytes */{size}"
    elif wanted is not None:
        response = FilePart(request, file, wanted, content_type=content_type)
        response.status_code = 206
        response["Content-Range"] = f"bytes {wanted.start}-{wanted.stop - 1}/{size}"
    else:
        response = FilePart(request, file, range(size), content_type=content_type)
    return _with_headers(response, path, validator, download_name)


class FilePart(StreamingHttpResponse):
    """A range of an open file; closing the response closes the file."""

    def __init__(self, request: HttpRequest, file: BinaryIO, part: range, *, content_type: str) -> None:
        file.seek(part.start)
        # An asynchronous server would first collect all that a plain iterator gives.
        blocks = _blocks_awaited if isinstance(request, ASGIRequest) else _blocks
        super().__init__(blocks(file, len(part)), content_type=content_type)
        self["Content-Length"] = str(len(part))
        self._resource_closers.append(file.close)  # type: ignore[attr-defined]


def _blocks(file: BinaryIO, length: int) -> Iterator[bytes]:
    while length > 0 and (block := file.read(min(BLOCK_BYTES, length))):
        length -= len(block)
        yield block


async def _blocks_awaited(file: BinaryIO, length: int) -> AsyncIterator[bytes]:
    while length > 0 and (block := await asyncio.to_thread(file.read, min(BLOCK_BYTES, length))):
        length -= len(block)
        yield block


def _wanted_range(request: HttpRequest, size: int, validator: str) -> range | None:
    """None: the whole file. An empty range: it cannot be had. Several ranges at once are answered with the whole."""
    match = RANGE.fullmatch(request.headers.get("Range", "").strip())
    if match is None or match[1] == match[2] == "" or request.headers.get("If-Range", validator) != validator:
        return None
    if not match[1]:
        return range(max(0, size - int(match[2])), size)
    start, last = int(match[1]), int(match[2] or size - 1)
    if match[2] and last < start:
        return None
    return range(start, min(last + 1, size))


def _with_headers(response: HttpResponseBase, path: Path, validator: str, download_name: str) -> HttpResponseBase:
    response["Accept-Ranges"] = "bytes"
    response["ETag"] = validator
    response["Last-Modified"] = formatdate(path.stat().st_mtime, usegmt=True)
    # Asked for anew each time: who has logged out or lost the camera gets nothing from the browser's cache.
    response["Cache-Control"] = "private, no-cache"
    response["X-Content-Type-Options"] = "nosniff"
    if download_name:
        response["Content-Disposition"] = f'attachment; filename="{download_name}"'
    return response
