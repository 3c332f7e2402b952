"""What the client sends, and what it makes of good and bad answers."""

from __future__ import annotations

import hashlib
import json
import socket
import time
import uuid
from pathlib import Path

import pytest

from tests.runtime.outbox_entries import UPLOAD
from tests.runtime.scripted_platform import Reply, Request, ScriptedPlatform, scripted
from workers.runtime.client import (
    LeaseLostError,
    NotAllowedError,
    PlatformClient,
    PlatformError,
    RefusedError,
    SupersededError,
    UnreachableError,
)
from workers.runtime.contract import (
    CONTENT_HEADER,
    NODE_HEADER,
    NONCE_HEADER,
    SIGNATURE_HEADER,
    TIMESTAMP_HEADER,
    CameraConfig,
    ChunkClaim,
    ChunkWork,
    Heartbeat,
    sign,
)
from workers.runtime.downloads import DownloadError, RecordingCache
from workers.runtime.settings import NodeSettings

BEAT = Heartbeat(boot_id=uuid.uuid4(), outbox_waiting=0, outbox_lost=0)
CONTENT = bytes(range(256)) * 4096


def client_of(url: str, folder: Path) -> PlatformClient:
    return PlatformClient(
        NodeSettings(
            name="north", token="token", internal_url=url, redis_url="", models_dir=folder, spool_dir=folder / "spool"
        )
    )


def work_on(content: bytes) -> ChunkWork:
    return ChunkWork(
        job_id=uuid.uuid4(),
        chunk_index=0,
        chunk_count=1,
        epoch=1,
        recording_id=uuid.uuid4(),
        recording_bytes=len(content),
        recording_sha256=hashlib.sha256(content).hexdigest(),
        container_format="mp4",
        duration_ms=1000,
        start_ms=0,
        end_ms=1000,
        is_last=True,
        camera=CameraConfig(camera_id=1, name="Camera", detect_fps=5, zones=(), rules=()),
        state=None,
    )


def is_signed(request: Request) -> bool:
    expected = sign(
        "token",
        method=request.method,
        path=request.path,
        timestamp=request.headers[TIMESTAMP_HEADER],
        nonce=request.headers[NONCE_HEADER],
        body_sha256=hashlib.sha256(request.body).hexdigest(),
    )
    return request.headers[SIGNATURE_HEADER] == expected and request.headers[NODE_HEADER] == "north"


def test_every_request_is_signed_over_its_own_body_and_never_twice_the_same(tmp_path: Path) -> None:
    with scripted(lambda _: Reply(204)) as platform:
        client = client_of(platform.url, tmp_path)
        for _ in range(2):
            client.heartbeat(BEAT)
        assert client.claim(uuid.uuid4(), ChunkClaim(boot_id=BEAT.boot_id)) is None
    assert all(is_signed(request) for request in platform.requests)
    assert len({request.headers[NONCE_HEADER] for request in platform.requests}) == 3


def test_a_clip_is_sent_as_its_description_and_then_the_file(tmp_path: Path) -> None:
    clip = tmp_path / "clip.mp4"
    clip.write_bytes(CONTENT)
    with scripted(lambda _: Reply(201)) as platform:
        client_of(platform.url, tmp_path).clip(uuid.uuid4(), UPLOAD, clip)
    (request,) = platform.requests
    head_length = int.from_bytes(request.body[:4], "big")
    assert request.body[4 : 4 + head_length] == UPLOAD.model_dump_json().encode()
    assert request.body[4 + head_length :] == CONTENT
    assert is_signed(request)
    assert request.headers[CONTENT_HEADER] == hashlib.sha256(request.body).hexdigest()


@pytest.mark.parametrize(
    ("status", "code", "kind"),
    [
        (401, "unauthenticated", NotAllowedError),
        (403, "forbidden", NotAllowedError),
        (404, "not_found", RefusedError),
        (409, "lease_lost", LeaseLostError),
        (409, "superseded", SupersededError),
        (409, "conflict", RefusedError),
        (422, "invalid", RefusedError),
        (429, "throttled", UnreachableError),
        (500, "error", UnreachableError),
        (503, "unavailable", UnreachableError),
        (507, "storage_full", UnreachableError),
    ],
)
def test_each_bad_answer_is_the_error_that_says_what_to_do(
    tmp_path: Path, status: int, code: str, kind: type[PlatformError]
) -> None:
    with scripted(lambda _: Reply.error(status, code)) as platform, pytest.raises(kind) as raised:
        client_of(platform.url, tmp_path).heartbeat(BEAT)
    assert type(raised.value) is kind


@pytest.mark.parametrize("reply", [Reply(502, b"<html>"), Reply(200, b"<html>"), Reply(200, b"{}", cut=1)], ids=str)
def test_an_answer_that_is_none_of_the_platforms_is_asked_for_again(tmp_path: Path, reply: Reply) -> None:
    with scripted(lambda _: reply) as platform, pytest.raises(UnreachableError):
        client_of(platform.url, tmp_path).events(["{}"])


def test_a_redirect_is_not_followed_with_the_nodes_signature(tmp_path: Path) -> None:
    with scripted(lambda _: Reply(302)) as platform, pytest.raises(RefusedError):
        client_of(platform.url, tmp_path).heartbeat(BEAT)
    assert len(platform.requests) == 1


def test_a_platform_that_is_away_is_unreachable(tmp_path: Path) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        with pytest.raises(UnreachableError):
            client_of(f"http://127.0.0.1:{closed.getsockname()[1]}", tmp_path).heartbeat(BEAT)


def recording_server(request: Request) -> Reply:
    start = int(request.headers.get("Range", "bytes=0-")[6:-1])
    return Reply(206 if start else 200, CONTENT[start:])


def broken_off_once(platform: list[ScriptedPlatform], request: Request) -> Reply:
    whole = recording_server(request)
    return Reply(whole.status, whole.body, cut=300_000) if len(platform[0].requests) == 1 else whole


def test_a_download_that_broke_off_goes_on_where_it_stopped(tmp_path: Path) -> None:
    platforms: list[ScriptedPlatform] = []
    with scripted(lambda request: broken_off_once(platforms, request)) as platform:
        platforms.append(platform)
        cache = RecordingCache(client_of(platform.url, tmp_path), tmp_path / "recordings")
        assert cache.fetch(work_on(CONTENT), lambda: None).read_bytes() == CONTENT
    ranges = [request.headers.get("Range") for request in platform.requests]
    assert ranges[0] is None and ranges[1] is not None and len(ranges) == 2


def test_a_recording_is_fetched_once_and_forgotten_when_told(tmp_path: Path) -> None:
    work = work_on(CONTENT)
    with scripted(recording_server) as platform:
        cache = RecordingCache(client_of(platform.url, tmp_path), tmp_path / "recordings")
        path = cache.fetch(work, lambda: None)
        cache.fetch(work, lambda: None)
        RecordingCache(client_of(platform.url, tmp_path), tmp_path / "recordings").fetch(work, lambda: None)
        assert len(platform.requests) == 1
        cache.forget(work.recording_id)
        assert not path.exists()


def test_a_recording_other_than_announced_is_not_used(tmp_path: Path) -> None:
    work = work_on(CONTENT[::-1])
    with scripted(recording_server) as platform:
        cache = RecordingCache(client_of(platform.url, tmp_path), tmp_path / "recordings")
        with pytest.raises(DownloadError):
            cache.fetch(work, lambda: None)
    assert list((tmp_path / "recordings").iterdir()) == []


def skewed(request: Request, clock_ms: int) -> Reply:
    """Refuses what was signed at another time, as the platform does."""
    if abs(int(request.headers[TIMESTAMP_HEADER]) - clock_ms // 1000) > 300:
        told = {"code": "clock_skew", "message": "The clock is wrong.", "fields": {}, "clock_ms": clock_ms}
        return Reply(401, json.dumps(told).encode())
    return Reply(204)


@pytest.mark.parametrize("wrong_seconds", [-600, 600])
def test_a_node_whose_clock_is_wrong_signs_with_the_platforms(tmp_path: Path, wrong_seconds: int) -> None:
    clock_ms = round(time.time() * 1000) + wrong_seconds * 1000
    with scripted(lambda request: skewed(request, clock_ms)) as platform:
        client = client_of(platform.url, tmp_path)
        client.heartbeat(BEAT)
        client.heartbeat(BEAT)
    assert len(platform.requests) == 3
    assert all(is_signed(request) for request in platform.requests)
    assert len({request.headers[NONCE_HEADER] for request in platform.requests}) == 3


def test_a_platform_that_believes_no_clock_is_asked_twice_and_not_for_ever(tmp_path: Path) -> None:
    told = {"code": "clock_skew", "message": "The clock is wrong.", "fields": {}, "clock_ms": 0}
    with scripted(lambda _: Reply(401, json.dumps(told).encode())) as platform, pytest.raises(NotAllowedError):
        client_of(platform.url, tmp_path).heartbeat(BEAT)
    assert len(platform.requests) == 2
