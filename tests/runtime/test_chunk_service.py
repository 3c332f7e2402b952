"""A node that works on chunks, against a platform that changes its mind."""

from __future__ import annotations

import hashlib
import uuid
from pathlib import Path

import pytest

from tests.runtime.chunks import chunk_work
from tests.runtime.footage import CAMPUS
from tests.runtime.scripted_platform import Reply, Request, scripted
from tests.runtime.test_client import client_of
from workers.runtime.chunk_run import ChunkRunner
from workers.runtime.chunk_service import ChunkService
from workers.runtime.contract import ChunkWork
from workers.runtime.detectors.motion import MotionDetector
from workers.runtime.downloads import RecordingCache
from workers.runtime.journal import Journal
from workers.runtime.outbox import Outbox
from workers.runtime.sender import TrackLane


def worked_on(folder: Path, work: ChunkWork, claims: list[Reply], checkpoint: Reply) -> list[str]:
    """What is left of recordings after the node's turn at the job."""
    content = CAMPUS.path.read_bytes()

    def answer(request: Request) -> Reply:
        if request.path.endswith("/claim"):
            return claims.pop(0)
        if request.path.endswith("/checkpoint"):
            return checkpoint
        return Reply(200, content) if request.method == "GET" else Reply(200, b'{"cancelled": false}')

    with scripted(answer) as platform:
        client = client_of(platform.url, folder)
        outbox = Outbox(folder / "spool", max_entries=100, max_bytes=10**9)
        recordings = RecordingCache(client, folder / "recordings")
        journal = Journal(folder / "journal")
        runner = ChunkRunner(uuid.uuid4(), client, outbox, recordings, journal, MotionDetector(), folder / "chunk")
        tracks = TrackLane(outbox, client, lambda *_: None)
        tracks.start()
        ChunkService(runner, lambda error: pytest.fail(str(error))).work(work.job_id)
        tracks.stop(5)
        outbox.close()
    assert any(str(work.recording_id) in path for path in platform.paths)
    return [path.name for path in (folder / "recordings").iterdir()]


def campus_work(boundaries: list[int]) -> ChunkWork:
    digest = hashlib.sha256(CAMPUS.path.read_bytes()).hexdigest()
    work = chunk_work(CAMPUS, boundaries, 0, None)
    # Without rules nothing is found that the platform would have to take in first.
    camera = work.camera.model_copy(update={"rules": ()})
    return work.model_copy(update={"recording_sha256": digest, "camera": camera})


def test_a_lost_lease_leaves_no_recording_behind(tmp_path: Path) -> None:
    work = campus_work([0, 2_000, CAMPUS.duration_ms])
    claims = [Reply(200, work.model_dump_json().encode())]
    assert worked_on(tmp_path, work, claims, Reply.error(409, "lease_lost")) == []


def test_a_job_that_is_cancelled_between_two_chunks_leaves_no_recording_behind(tmp_path: Path) -> None:
    work = campus_work([0, 2_000, CAMPUS.duration_ms])
    claims = [Reply(200, work.model_dump_json().encode()), Reply(204, b"")]
    assert worked_on(tmp_path, work, claims, Reply(200, b'{"job_done": false}')) == []
