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
from workers.runtime.detectors.motion import MotionDetector
from workers.runtime.downloads import RecordingCache
from workers.runtime.journal import Journal
from workers.runtime.outbox import Outbox


def test_a_lost_lease_leaves_no_recording_behind(tmp_path: Path) -> None:
    content = CAMPUS.path.read_bytes()
    work = chunk_work(CAMPUS, [0, CAMPUS.duration_ms], 0, None)
    work = work.model_copy(update={"recording_sha256": hashlib.sha256(content).hexdigest()})

    def answer(request: Request) -> Reply:
        if request.path.endswith("/claim"):
            return Reply(200, work.model_dump_json().encode())
        return Reply(200, content) if request.method == "GET" else Reply.error(409, "lease_lost")

    with scripted(answer) as platform:
        client = client_of(platform.url, tmp_path)
        outbox = Outbox(tmp_path / "spool", max_entries=100, max_bytes=10**9)
        recordings = RecordingCache(client, tmp_path / "recordings")
        journal = Journal(tmp_path / "journal")
        runner = ChunkRunner(uuid.uuid4(), client, outbox, recordings, journal, MotionDetector(), tmp_path / "chunk")
        ChunkService(runner, lambda error: pytest.fail(str(error))).work(work.job_id)
        outbox.close()
    assert any(str(work.recording_id) in path for path in platform.paths)
    assert list((tmp_path / "recordings").iterdir()) == []
