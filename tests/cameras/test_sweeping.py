"""What a killed process left behind is removed, and nothing else."""

from __future__ import annotations

import os
import time
import uuid
from pathlib import Path

import pytest

import cameras.services.sweeping as sweeping
from cameras.services.sweeping import uploads_sweep
from tests.cameras.world import file_of, grant, make_camera, make_job, make_user, stored_files
from vms.storage.media import incoming_path

pytestmark = pytest.mark.django_db


def test_only_old_half_arrived_files_are_removed(media: Path) -> None:
    old, young = incoming_path(), incoming_path()
    old.write_bytes(b"half a film")
    young.write_bytes(b"still coming")
    hours_ago = time.time() - 7200
    os.utime(old, (hours_ago, hours_ago))
    assert uploads_sweep() == 1
    assert stored_files() == [str(young.relative_to(media))]


def test_a_recording_without_a_row_is_removed_and_one_with_a_row_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    camera, user = make_camera("Gate"), make_user("uwe")
    grant(user, camera)
    job = make_job(user, camera)
    file_of(uuid.uuid4()).write_bytes(b"nobody's")
    assert uploads_sweep() == 0
    monkeypatch.setattr(sweeping, "ORPHAN_SECONDS", -1)
    assert uploads_sweep() == 1
    assert stored_files() == [f"recordings/{job.recording_id}"]
