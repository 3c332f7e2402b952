"""Speaks to the platform's internal API: every request signed, bounded in time, and answered or an error of ours."""

from __future__ import annotations

import json
import secrets
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar
from urllib.parse import urlsplit

import urllib3
from pydantic import BaseModel, ValidationError

from workers.runtime.clock import PlatformClock
from workers.runtime.contract import (
    CLIP_HEAD_LENGTH_BYTES,
    CONTENT_HEADER,
    CONTRACT_HEADER,
    CONTRACT_VERSION,
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
    PictureUpload,
    StreamClaim,
    StreamRelease,
    StreamReport,
    StreamReportAnswer,
    StreamStates,
    StreamStatesAnswer,
    StreamWork,
    sign,
)
from workers.runtime.refusals import (
    ClockSkewError,
    LeaseLostError,
    NotAllowedError,
    PlatformError,
    RefusedError,
    SupersededError,
    UnreachableError,
)
from workers.runtime.request_body import PART_BYTES, Body
from workers.runtime.settings import NodeSettings

__all__ = [
    "LeaseLostError",
    "NotAllowedError",
    "PlatformClient",
    "PlatformError",
    "RefusedError",
    "SupersededError",
    "UnreachableError",
]

CONNECT_SECONDS = 5
READ_SECONDS = 60
CONNECTIONS = 24
PICTURE_SECONDS = 5.0
TIMEOUT = urllib3.Timeout(connect=CONNECT_SECONDS, read=READ_SECONDS)

Model = TypeVar("Model", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class _Request:
    """Signed anew each time it is sent."""

    method: str
    url: str
    body: Body
    headers: dict[str, str]


@dataclass(slots=True)
class PlatformClient:
    """Thread-safe; one for a process. Requests are signed with the platform's time, once that is known."""

    settings: NodeSettings
    clock: PlatformClock = field(default_factory=PlatformClock)
    _pool: urllib3.PoolManager = field(init=False)

    def __post_init__(self) -> None:
        self._pool = urllib3.PoolManager(maxsize=CONNECTIONS, retries=False)

    def register(self, registration: NodeRegistration) -> NodeRegistered:
        asked_at = self.clock.steady()
        registered = self._ask("node/register", registration, NodeRegistered)
        if registered.clock_ms:
            self.clock.learn(registered.clock_ms, asked_at)
        return registered

    def heartbeat(self, heartbeat: Heartbeat, seconds: float | None = None) -> None:
        self._request("POST", "node/heartbeat", _json(heartbeat), seconds=seconds)

    def claim(self, job_id: uuid.UUID, claim: ChunkClaim) -> ChunkWork | None:
        response = self._request("POST", f"jobs/{job_id}/claim", _json(claim))
        return None if response.status == 204 else _parsed(ChunkWork, response.data)

    def progress(self, work: ChunkWork, progress: ChunkProgress) -> ChunkProgressAnswer:
        return self._ask(f"{_chunk(work)}/progress", progress, ChunkProgressAnswer)

    def checkpoint(self, work: ChunkWork, checkpoint: ChunkCheckpoint) -> ChunkCheckpointAnswer:
        return self._ask(f"{_chunk(work)}/checkpoint", checkpoint, ChunkCheckpointAnswer)

    def failure(self, work: ChunkWork, failure: ChunkFailure) -> None:
        self._request("POST", f"{_chunk(work)}/failure", _json(failure))

    def stream_claim(self, stream_id: uuid.UUID, claim: StreamClaim) -> StreamWork | None:
        response = self._request("POST", f"streams/{stream_id}/claim", _json(claim))
        return None if response.status == 204 else _parsed(StreamWork, response.data)

    def stream_report(self, report: StreamReport, seconds: float) -> StreamReportAnswer:
        """Bounded by ``seconds``: an answer that comes later keeps up no lease."""
        asked_at = self.clock.steady()
        response = self._request("POST", "streams/report", _json(report), seconds=seconds)
        answer = _parsed(StreamReportAnswer, response.data)
        self.clock.learn(answer.clock_ms, asked_at)
        return answer

    def stream_states(self, states: StreamStates) -> StreamStatesAnswer:
        return self._ask("streams/states", states, StreamStatesAnswer)

    def stream_release(self, stream_id: uuid.UUID, release: StreamRelease, seconds: float) -> None:
        self._request("POST", f"streams/{stream_id}/release", _json(release), seconds=seconds)

    def stream_picture(self, stream_id: uuid.UUID, head: PictureUpload, jpeg: bytes) -> None:
        body = Body(_with_head(head) + jpeg, content_type="application/octet-stream")
        self._request("PUT", f"streams/{stream_id}/picture", body, seconds=PICTURE_SECONDS)

    def events(self, messages: Sequence[str]) -> EventBatchAnswer:
        """Send events that are JSON already."""
        body = Body(f'{{"events":[{",".join(messages)}]}}'.encode())
        return _parsed(EventBatchAnswer, self._request("POST", "events", body).data)

    def clip(self, event_id: uuid.UUID, upload: ClipUpload, file: Path) -> None:
        body = Body(_with_head(upload), file, "application/octet-stream")
        self._request("PUT", f"events/{event_id}/clip", body)

    def snapshot(self, event_id: uuid.UUID, file: Path) -> None:
        self._request("PUT", f"events/{event_id}/snapshot", Body(b"", file, "image/jpeg"))

    def tracks(self, file: Path) -> None:
        """A segment of a track log; it says itself whose it is."""
        self._request("PUT", "tracks", Body(b"", file, "application/octet-stream"))

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
        self,
        method: str,
        path: str,
        body: Body,
        headers: dict[str, str] | None = None,
        *,
        stream: bool = False,
        seconds: float | None = None,
    ) -> urllib3.BaseHTTPResponse:
        """An answer below 300; a node whose clock the platform does not believe asks once more with the platform's."""
        request = _Request(method, f"{self.settings.internal_url}/internal/v1/{path}", body, headers or {})
        asked_at = self.clock.steady()
        try:
            return self._send(request, stream=stream, seconds=seconds)
        except ClockSkewError as error:
            self.clock.learn(error.clock_ms, asked_at)
        return self._send(request, stream=stream, seconds=seconds)

    def _send(self, request: _Request, *, stream: bool, seconds: float | None) -> urllib3.BaseHTTPResponse:
        signed = {**self._signature(request.method, request.url, request.body), **request.headers}
        timeout = TIMEOUT if seconds is None else urllib3.Timeout(total=seconds)
        try:
            with request.body.opened() as content:
                response = self._pool.request(
                    request.method,
                    request.url,
                    body=content,
                    headers=signed,
                    preload_content=not stream,
                    redirect=False,
                    timeout=timeout,
                )
        except urllib3.exceptions.HTTPError as error:
            raise UnreachableError(f"{request.method} {urlsplit(request.url).path}: {error}") from error
        if response.status >= 300:
            raise _error(response)
        return response

    def _signature(self, method: str, url: str, body: Body) -> dict[str, str]:
        parts = urlsplit(url)
        path = f"{parts.path}?{parts.query}" if parts.query else parts.path
        timestamp, nonce, sha256 = str(int(self.clock.seconds())), secrets.token_urlsafe(18), body.sha256()
        return {
            NODE_HEADER: self.settings.name,
            TIMESTAMP_HEADER: timestamp,
            NONCE_HEADER: nonce,
            CONTENT_HEADER: sha256,
            CONTRACT_HEADER: str(CONTRACT_VERSION),
            SIGNATURE_HEADER: sign(
                self.settings.token, method=method, path=path, timestamp=timestamp, nonce=nonce, body_sha256=sha256
            ),
            "Content-Length": str(body.size()),
            "Content-Type": body.content_type,
        }


def _chunk(work: ChunkWork) -> str:
    return f"jobs/{work.job_id}/chunks/{work.chunk_index}"


def _with_head(head: BaseModel) -> bytes:
    """The length of a message and the message, to be followed by a file's bytes."""
    data = head.model_dump_json().encode()
    return len(data).to_bytes(CLIP_HEAD_LENGTH_BYTES, "big") + data


def _json(message: BaseModel) -> Body:
    return Body(message.model_dump_json().encode())


def _parsed(model: type[Model], data: bytes) -> Model:
    try:
        return model.model_validate_json(data)
    except ValidationError as error:
        raise UnreachableError(f"the platform's answer is not understood: {error.error_count()} faults") from error


def _error(response: urllib3.BaseHTTPResponse) -> PlatformError:
    status, told = response.status, _told(response)
    code, message = str(told.get("code", "")), str(told.get("message", "no reason given"))
    if status >= 500 or status in {408, 425, 429}:
        return UnreachableError(f"{status} {code}: {message}")
    if code == "clock_skew" and isinstance(clock_ms := told.get("clock_ms"), int):
        return ClockSkewError(status, code, message, clock_ms)
    kinds = {"lease_lost": LeaseLostError, "superseded": SupersededError}
    kind = NotAllowedError if status in {401, 403} else kinds.get(code, RefusedError)
    return kind(status, code, message)


def _told(response: urllib3.BaseHTTPResponse) -> dict[str, object]:
    try:
        told = json.loads(response.data)
    except (ValueError, urllib3.exceptions.HTTPError):
        return {}
    return told if isinstance(told, dict) else {}
