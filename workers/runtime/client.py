"""Speaks to the platform's internal API: every request signed, bounded in time, and answered or an error of ours."""

from __future__ import annotations

import hashlib
import io
import json
import secrets
import time
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar
from urllib.parse import urlsplit

import urllib3
from pydantic import BaseModel, ValidationError

from workers.runtime.contract import (
    CLIP_HEAD_LENGTH_BYTES,
    CONTENT_HEADER,
    NODE_HEADER,
    NONCE_HEADER,
    SIGNATURE_HEADER,
    TIMESTAMP_HEADER,
    ChunkCheckpoint,
    ChunkCheckpointAnswer,
    ChunkClaim,
    ChunkFailure,
    ChunkProgress,
    ChunkProgressAnswer,
    ChunkWork,
    ClipUpload,
    EventBatchAnswer,
    Heartbeat,
    NodeRegistered,
    NodeRegistration,
    sign,
)
from workers.runtime.settings import NodeSettings

CONNECT_SECONDS = 5
READ_SECONDS = 60
PART_BYTES = 256 * 1024
EMPTY_SHA256 = hashlib.sha256().hexdigest()

Model = TypeVar("Model", bound=BaseModel)


class PlatformError(Exception):
    """The platform did not do what was asked."""


class UnreachableError(PlatformError):
    """No answer, or one that says that the fault is the platform's: try again later."""


class RefusedError(PlatformError):
    """The platform understood and will not do it; asking again is of no use."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(f"{status} {code}: {message}")
        self.status, self.code, self.message = status, code, message


class NotAllowedError(RefusedError):
    """The node is unknown or disabled, or its token or clock is wrong: a person must look at it."""


class LeaseLostError(RefusedError):
    """Somebody else has the chunk now."""


class SupersededError(RefusedError):
    """A process that started later works under this node's name."""


@dataclass(frozen=True, slots=True)
class Body:
    """What a request carries: bytes, then the file's content where there is one."""

    data: bytes = b""
    file: Path | None = None
    content_type: str = "application/json"

    def size(self) -> int:
        return len(self.data) + (self.file.stat().st_size if self.file else 0)

    def sha256(self) -> str:
        digest = hashlib.sha256(self.data)
        if self.file:
            with self.file.open("rb") as file:
                while part := file.read(PART_BYTES):
                    digest.update(part)
        return digest.hexdigest()

    @contextmanager
    def opened(self) -> Iterator[bytes | _Joined]:
        if self.file is None:
            yield self.data
            return
        with self.file.open("rb") as file:
            yield _Joined(self.data, file)


class _Joined(io.RawIOBase):
    """Bytes followed by a file, read as one."""

    def __init__(self, head: bytes, file: io.BufferedReader) -> None:
        self._parts: list[io.BytesIO | io.BufferedReader] = [io.BytesIO(head), file]

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        for part in self._parts:
            if data := part.read(size):
                return data
        return b""


@dataclass(slots=True)
class PlatformClient:
    """Thread-safe; one for a process."""

    settings: NodeSettings
    _pool: urllib3.PoolManager = field(init=False)

    def __post_init__(self) -> None:
        timeout = urllib3.Timeout(connect=CONNECT_SECONDS, read=READ_SECONDS)
        self._pool = urllib3.PoolManager(maxsize=8, retries=False, timeout=timeout)

    def register(self, registration: NodeRegistration) -> NodeRegistered:
        return self._ask("node/register", registration, NodeRegistered)

    def heartbeat(self, heartbeat: Heartbeat) -> None:
        self._request("POST", "node/heartbeat", _json(heartbeat))

    def claim(self, job_id: uuid.UUID, claim: ChunkClaim) -> ChunkWork | None:
        response = self._request("POST", f"jobs/{job_id}/claim", _json(claim))
        return None if response.status == 204 else _parsed(ChunkWork, response.data)

    def progress(self, work: ChunkWork, progress: ChunkProgress) -> ChunkProgressAnswer:
        return self._ask(f"{_chunk(work)}/progress", progress, ChunkProgressAnswer)

    def checkpoint(self, work: ChunkWork, checkpoint: ChunkCheckpoint) -> ChunkCheckpointAnswer:
        return self._ask(f"{_chunk(work)}/checkpoint", checkpoint, ChunkCheckpointAnswer)

    def failure(self, work: ChunkWork, failure: ChunkFailure) -> None:
        self._request("POST", f"{_chunk(work)}/failure", _json(failure))

    def events(self, messages: Sequence[str]) -> EventBatchAnswer:
        """Send events that are JSON already."""
        body = Body(f'{{"events":[{",".join(messages)}]}}'.encode())
        return _parsed(EventBatchAnswer, self._request("POST", "events", body).data)

    def clip(self, event_id: uuid.UUID, upload: ClipUpload, file: Path) -> None:
        head = upload.model_dump_json().encode()
        data = len(head).to_bytes(CLIP_HEAD_LENGTH_BYTES, "big") + head
        self._request("PUT", f"events/{event_id}/clip", Body(data, file, "application/octet-stream"))

    def snapshot(self, event_id: uuid.UUID, file: Path) -> None:
        self._request("PUT", f"events/{event_id}/snapshot", Body(b"", file, "image/jpeg"))

    def recording(self, recording_id: uuid.UUID, start: int) -> Iterator[bytes]:
        """The recording's bytes from ``start`` on."""
        headers = {"Range": f"bytes={start}-"} if start else {}
        response = self._request("GET", f"recordings/{recording_id}/content", Body(), headers, stream=True)
        if start and response.status != 206:
            raise UnreachableError("the platform did not continue the download where it stopped")
        try:
            yield from response.stream(PART_BYTES)
        except urllib3.exceptions.HTTPError as error:
            raise UnreachableError(f"the download broke off: {error}") from error
        finally:
            response.close()

    def _ask(self, path: str, message: BaseModel, model: type[Model]) -> Model:
        return _parsed(model, self._request("POST", path, _json(message)).data)

    def _request(
        self, method: str, path: str, body: Body, headers: dict[str, str] | None = None, *, stream: bool = False
    ) -> urllib3.BaseHTTPResponse:
        url = f"{self.settings.internal_url}/internal/v1/{path}"
        signed = {**self._signature(method, url, body), **(headers or {})}
        try:
            with body.opened() as content:
                response = self._pool.request(
                    method, url, body=content, headers=signed, preload_content=not stream, redirect=False
                )
        except urllib3.exceptions.HTTPError as error:
            raise UnreachableError(f"{method} {path}: {error}") from error
        if response.status >= 300:
            raise _error(response)
        return response

    def _signature(self, method: str, url: str, body: Body) -> dict[str, str]:
        parts = urlsplit(url)
        path = f"{parts.path}?{parts.query}" if parts.query else parts.path
        timestamp, nonce, sha256 = str(int(time.time())), secrets.token_urlsafe(18), body.sha256()
        return {
            NODE_HEADER: self.settings.name,
            TIMESTAMP_HEADER: timestamp,
            NONCE_HEADER: nonce,
            CONTENT_HEADER: sha256,
            SIGNATURE_HEADER: sign(
                self.settings.token, method=method, path=path, timestamp=timestamp, nonce=nonce, body_sha256=sha256
            ),
            "Content-Length": str(body.size()),
            "Content-Type": body.content_type,
        }


def _chunk(work: ChunkWork) -> str:
    return f"jobs/{work.job_id}/chunks/{work.chunk_index}"


def _json(message: BaseModel) -> Body:
    return Body(message.model_dump_json().encode())


def _parsed(model: type[Model], data: bytes) -> Model:
    try:
        return model.model_validate_json(data)
    except ValidationError as error:
        raise UnreachableError(f"the platform's answer is not understood: {error.error_count()} faults") from error


def _error(response: urllib3.BaseHTTPResponse) -> PlatformError:
    status, code, message = response.status, "", ""
    try:
        told = json.loads(response.data)
        code, message = str(told["code"]), str(told["message"])
    except (ValueError, KeyError, TypeError, urllib3.exceptions.HTTPError):
        message = "no reason given"
    if status >= 500 or status in {408, 425, 429}:
        return UnreachableError(f"{status} {code}: {message}")
    kinds = {"lease_lost": LeaseLostError, "superseded": SupersededError}
    kind = NotAllowedError if status in {401, 403} else kinds.get(code, RefusedError)
    return kind(status, code, message)
