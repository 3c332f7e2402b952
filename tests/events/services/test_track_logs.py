"""Track logs: taken in under the lease that wrote them, encrypted at rest, each stretch once, and not for ever."""

from __future__ import annotations

import shutil
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings as active_settings
from django.utils import timezone
from pytest_django import Settings

from events.models import TrackLog
from events.services import track_log_store
from events.services.track_log_sweep import track_log_orphans_remove, track_logs_expire
from events.track_reading import frames_of, segment_of
from rules.engine.track_log import SEGMENT_MS
from tests.cameras.world import stored_files
from tests.engine.track_log.frames import plains
from tests.events.track_logs import keep_tracks, segment, walk
from tests.workers.fleet import lease_at, make_live_camera, shift_stream, stream_of, taken_over, watched
from tests.workers.leased import boot, checkpoint_of, claim, make_node, make_queued_job
from vms.errors import InvalidError, NotFoundError, StorageFullError
from vms.storage.media import media_path
from workers.errors import LeaseLostError
from workers.models import Job, Stream, WorkerNode
from workers.runtime.contract import ChunkWork, StreamWork
from workers.services.chunks import chunk_checkpoint

pytestmark = pytest.mark.django_db


@pytest.fixture
def node() -> WorkerNode:
    return make_node()


@pytest.fixture
def work(node: WorkerNode) -> StreamWork:
    """Of a camera that is watched for ten minutes."""
    camera = make_live_camera()
    work = watched(node, camera)
    shift_stream(stream_of(camera), 600)
    lease_at(work, 0)
    return work


@pytest.fixture
def chunk(node: WorkerNode) -> ChunkWork:
    return claim(node, make_queued_job())


def files() -> list[str]:
    return [name for name in stored_files() if name.startswith("tracks/")]


def test_a_live_cameras_tracks_are_kept_at_their_moment(node: WorkerNode, work: StreamWork) -> None:
    data = segment(work, 1_000, 3_000, finished=True)
    assert track_log_store(node=node, data=data)
    row = TrackLog.objects.get()
    zero = stream_of(row.camera).started_at
    assert (row.stream_id, row.job_id, row.epoch) == (work.stream_id, None, work.epoch)
    assert (row.starts_at, row.ends_at) == (zero + timedelta(seconds=1), zero + timedelta(seconds=3))
    assert (row.frames, row.objects_seen, row.finished) == (11, 11, True)
    assert row.size_bytes == media_path(row.name).stat().st_size
    assert segment_of(row) == data
    assert plains(list(frames_of(row))) == plains(walk(1_000, 3_000))


def test_a_recordings_tracks_are_kept_in_the_recordings_time(chunk: ChunkWork) -> None:
    row = keep_tracks(chunk, 0, 2_000)
    assert row.job is not None
    assert (row.stream, row.job_id) == (None, chunk.job_id)
    assert row.starts_at == row.job.recording.started_at


def test_at_rest_nothing_of_the_tracks_can_be_read(work: StreamWork) -> None:
    row = keep_tracks(work, 0, 1_000)
    stored = media_path(row.name).read_bytes()
    assert b"VMSTRACK" in segment_of(row)
    assert b"VMSTRACK" not in stored and str(work.stream_id).encode() not in stored


def test_a_file_that_was_changed_or_put_in_anothers_place_is_not_read(work: StreamWork) -> None:
    first, second = keep_tracks(work, 0, 1_000), keep_tracks(work, 1_200, 2_000)
    shutil.copy(media_path(first.name), media_path(second.name))
    with pytest.raises(NotFoundError):
        segment_of(second)
    media_path(first.name).write_bytes(b"\0" + media_path(first.name).read_bytes()[1:])
    with pytest.raises(NotFoundError):
        segment_of(first)


def test_the_same_segment_again_changes_nothing(node: WorkerNode, work: StreamWork) -> None:
    data = segment(work, 0, 1_000)
    assert [track_log_store(node=node, data=data) for _ in range(2)] == [True, False]
    assert (TrackLog.objects.count(), len(files())) == (1, 1)


def test_a_segment_whose_file_was_lost_is_kept_anew(node: WorkerNode, work: StreamWork) -> None:
    row = keep_tracks(work, 0, 1_000)
    media_path(row.name).unlink()
    assert track_log_store(node=node, data=segment(work, 0, 1_000))
    assert segment_of(TrackLog.objects.get()) == segment(work, 0, 1_000)


@pytest.mark.django_db(transaction=True)
def test_a_chunk_that_is_analysed_again_replaces_what_it_gave_before(node: WorkerNode, chunk: ChunkWork) -> None:
    keep_tracks(chunk, 0, 1_000)
    boot(node)  # killed, and started again
    again = claim(node, Job.objects.get(id=chunk.job_id))
    assert again.epoch > chunk.epoch
    row = keep_tracks(again, 0, 1_000, track_id=2)
    assert (TrackLog.objects.count(), row.epoch) == (1, again.epoch)
    assert files() == [row.name]
    assert plains(list(frames_of(row))) == plains(walk(0, 1_000, track_id=2))


def test_a_chunks_earlier_lease_is_refused(node: WorkerNode, chunk: ChunkWork) -> None:
    chunk_checkpoint(node=node, job_id=chunk.job_id, index=0, checkpoint=checkpoint_of(node, chunk))
    with pytest.raises(LeaseLostError):
        track_log_store(node=node, data=segment(chunk, 0, 1_000))
    assert files() == []


def test_what_a_cut_off_node_saw_before_another_took_over_is_kept_and_what_it_saw_later_is_not(
    node: WorkerNode, work: StreamWork
) -> None:
    second = taken_over(make_node("south"), Stream.objects.get(id=work.stream_id).camera)
    lease_at(work, 0, 60_000)
    lease_at(second, 60_000)
    assert track_log_store(node=node, data=segment(work, 58_000, 62_000))
    with pytest.raises(LeaseLostError):
        track_log_store(node=node, data=segment(work, 60_000, 62_000))


def test_another_nodes_stream_is_refused(work: StreamWork) -> None:
    with pytest.raises(LeaseLostError):
        track_log_store(node=make_node("south"), data=segment(work, 0, 1_000))


@pytest.mark.parametrize(
    ("start_ms", "end_ms", "more"),
    [
        (0, 1_000, {"camera_id": 999_999}),
        (0, SEGMENT_MS + 200, {}),
        (-400, 0, {}),
        (700_000, 701_000, {}),
    ],
)
def test_what_no_honest_worker_would_send_is_refused(
    start_ms: int, end_ms: int, more: dict[str, object], node: WorkerNode, work: StreamWork
) -> None:
    with pytest.raises(InvalidError):
        track_log_store(node=node, data=segment(work, start_ms, end_ms, **more))  # type: ignore[arg-type]
    assert (TrackLog.objects.count(), files()) == (0, [])


def test_what_lies_behind_the_end_of_a_recording_is_refused(node: WorkerNode, chunk: ChunkWork) -> None:
    with pytest.raises(InvalidError, match="behind the end"):
        track_log_store(node=node, data=segment(chunk, 150_000, 151_000))


@pytest.mark.parametrize("data", [b"", b"VMSTRACK", b"x" * 1_000])
def test_bytes_that_are_no_track_log_are_refused(data: bytes, node: WorkerNode) -> None:
    with pytest.raises(InvalidError, match="not understood"):
        track_log_store(node=node, data=data)


def test_the_storages_reserve_is_left_alone(node: WorkerNode, work: StreamWork, settings: Settings) -> None:
    settings.STORAGE_RESERVE_BYTES = 2**60
    with pytest.raises(StorageFullError):
        track_log_store(node=node, data=segment(work, 0, 1_000))
    assert (TrackLog.objects.count(), files()) == (0, [])


def test_tracks_are_removed_when_they_were_kept_for_long_enough(work: StreamWork) -> None:
    old, new = keep_tracks(work, 0, 1_000), keep_tracks(work, 1_200, 2_000)
    then = timezone.now() - timedelta(days=active_settings.TRACK_LOG_DAYS, seconds=1)
    TrackLog.objects.filter(id=old.pk).update(received_at=then)
    assert track_logs_expire() == 1
    assert (TrackLog.objects.get(), files()) == (new, [new.name])


def test_days_of_which_nothing_is_kept_are_removed_whole() -> None:
    left = Path(active_settings.MEDIA_ROOT) / "tracks/2020-01-01/7/left.tracks"
    left.parent.mkdir(parents=True)
    left.write_bytes(b"of a camera that is gone")
    track_logs_expire()
    assert not left.parents[1].exists()


def test_files_without_a_row_are_swept_once_they_are_old(work: StreamWork) -> None:
    row = keep_tracks(work, 0, 1_000)
    stray = media_path(row.name).with_name("stray.tracks")
    stray.write_bytes(b"its process was killed")
    assert track_log_orphans_remove() == 0
    assert track_log_orphans_remove(older_than_seconds=-1) == 1
    assert files() == [row.name]
