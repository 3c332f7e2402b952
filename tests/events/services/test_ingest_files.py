"""Clips and snapshots of events: stored under the event's own name, once, and swept where a row is missing."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
from django.conf import settings

from events.models import Clip, Event
from events.services import clip_store, event_ingest, snapshot_store
from events.services.sweeping import orphans_remove
from tests.workers.leased import boot, checkpoint_of, claim, make_node, make_queued_job, start_of
from vms.errors import InvalidError, NotFoundError
from workers.choices import JobState
from workers.errors import LeaseLostError
from workers.models import Job, WorkerNode
from workers.runtime.contract import BoxSidecar, ClipMeta, ClipUpload
from workers.services.chunks import chunk_checkpoint

pytestmark = pytest.mark.django_db
JPEG = b"\xff\xd8\xff\xe0 a picture"


def clip_of(video: bytes, shortened: str = "") -> ClipUpload:
    meta = ClipMeta(
        start_ms=0,
        duration_ms=5_000,
        codec="h264",
        sha256=hashlib.sha256(video).hexdigest(),
        moment_ms=3_000,
        shortened=shortened,
    )
    return ClipUpload(meta=meta, boxes=BoxSidecar(width=640, height=480, event_track_id=7, samples=()))


def stored_event(node: WorkerNode, job: Job) -> Event:
    return event_ingest(node=node, submission=start_of(claim(node, job)))[0]


def clip_files() -> list[str]:
    folder = Path(settings.MEDIA_ROOT) / "clips"
    return sorted(path.suffix for path in folder.rglob("*") if path.is_file())


def store(node: WorkerNode, event: Event, video: bytes) -> bool:
    return clip_store(node=node, event_id=event.id, upload=clip_of(video), video=[video])


def test_a_clip_is_stored_with_its_boxes() -> None:
    node, job = make_node(), make_queued_job()
    event = stored_event(node, job)
    assert store(node, event, b"video")
    clip = Clip.objects.get()
    assert (clip.video_bytes, clip.codec, clip.duration_ms, clip.moment_ms) == (5, "h264", 5_000, 3_000)
    assert (Path(settings.MEDIA_ROOT) / clip.video_name).read_bytes() == b"video"
    assert (Path(settings.MEDIA_ROOT) / clip.boxes_name).read_bytes().startswith(b'{"width":640')


@pytest.mark.parametrize(("said", "kept"), [("ends_early", "ends_early"), ("a word of a newer worker", "")])
def test_why_a_clip_shows_less_is_kept_where_it_is_understood(said: str, kept: str) -> None:
    node, job = make_node(), make_queued_job()
    event = stored_event(node, job)
    clip_store(node=node, event_id=event.id, upload=clip_of(b"video", said), video=[b"video"])
    assert Clip.objects.get().shortened == kept


def test_the_same_clip_again_changes_nothing_and_another_replaces_it() -> None:
    node, job = make_node(), make_queued_job()
    event = stored_event(node, job)
    assert [store(node, event, b"video"), store(node, event, b"video"), store(node, event, b"longer video")] == [
        True,
        False,
        True,
    ]
    assert clip_files() == [".json", ".mp4"]
    assert Clip.objects.get().video_bytes == len(b"longer video")


def test_a_clip_whose_file_is_gone_is_taken_again() -> None:
    node, job = make_node(), make_queued_job()
    event = stored_event(node, job)
    store(node, event, b"video")
    (Path(settings.MEDIA_ROOT) / Clip.objects.get().video_name).unlink()
    assert store(node, event, b"video")
    assert clip_files() == [".json", ".mp4"]


def test_a_clip_that_arrives_damaged_leaves_nothing() -> None:
    node, job = make_node(), make_queued_job()
    event = stored_event(node, job)
    with pytest.raises(InvalidError):
        clip_store(node=node, event_id=event.id, upload=clip_of(b"video"), video=[b"vide0"])
    assert clip_files() == []
    assert not (Path(settings.MEDIA_ROOT) / "incoming").exists() or not any(
        (Path(settings.MEDIA_ROOT) / "incoming").iterdir()
    )


def test_a_snapshot_is_stored_beside_its_clip() -> None:
    node, job = make_node(), make_queued_job()
    event = stored_event(node, job)
    digest = hashlib.sha256(JPEG).hexdigest()
    told = [snapshot_store(node=node, event_id=event.id, picture=[JPEG], sha256=digest) for _ in range(2)]
    assert told == [True, False]
    store(node, event, b"video")
    assert clip_files() == [".jpg", ".json", ".mp4"]


def test_a_snapshot_that_is_no_picture_is_refused() -> None:
    node, job = make_node(), make_queued_job()
    event = stored_event(node, job)
    with pytest.raises(InvalidError):
        snapshot_store(node=node, event_id=event.id, picture=[b"<svg/>"], sha256="")
    assert clip_files() == []


def test_a_clip_without_its_event_is_not_found() -> None:
    node, job = make_node(), make_queued_job()
    unknown = start_of(claim(node, job))
    with pytest.raises(NotFoundError):
        clip_store(node=node, event_id=unknown.event_id, upload=clip_of(b"video"), video=[b"video"])


def test_while_another_node_works_on_the_job_a_late_clip_is_refused() -> None:
    node, other, job = make_node(), make_node("south"), make_queued_job()
    event = stored_event(node, job)
    boot(node)
    claim(other, job)
    with pytest.raises(LeaseLostError):
        store(node, event, b"video")


def test_a_clip_may_come_in_a_later_chunk_from_another_node() -> None:
    node, other, job = make_node(), make_node("south"), make_queued_job()
    work = claim(node, job)
    event, _ = event_ingest(node=node, submission=start_of(work))
    chunk_checkpoint(node=node, job_id=job.id, index=0, checkpoint=checkpoint_of(node, work))
    claim(other, job)
    assert store(other, event, b"video")


def test_a_late_clip_of_a_job_that_stopped_is_kept_but_only_from_its_node() -> None:
    node, other, job = make_node(), make_node("south"), make_queued_job()
    event = stored_event(node, job)
    Job.objects.filter(id=job.id).update(state=JobState.CANCELLED)
    job.chunks.filter(index=0).update(state="waiting", lease_expires_at=None)
    with pytest.raises(LeaseLostError):
        store(other, event, b"video")
    assert store(node, event, b"video")


def test_files_without_a_row_are_swept_once_they_are_old() -> None:
    node, job = make_node(), make_queued_job()
    event = stored_event(node, job)
    store(node, event, b"video")
    folder = (Path(settings.MEDIA_ROOT) / Clip.objects.get().video_name).parent
    (folder / f"{job.id}.mp4").write_bytes(b"orphan")
    (folder / f"{event.id}.jpg").write_bytes(b"its row was never written")
    assert orphans_remove() == 0
    assert orphans_remove(older_than_seconds=-1) == 2
    assert clip_files() == [".json", ".mp4"]


@pytest.mark.parametrize("times", [{"duration_ms": 10**15}, {"moment_ms": -5}])
def test_a_clip_of_impossible_times_is_refused_before_its_file_takes_the_old_ones_place(times: dict[str, int]) -> None:
    node, job = make_node(), make_queued_job()
    event = stored_event(node, job)
    store(node, event, b"video")
    upload = clip_of(b"other")
    upload = upload.model_copy(update={"meta": upload.meta.model_copy(update=times)})
    with pytest.raises(InvalidError, match="times"):
        clip_store(node=node, event_id=event.id, upload=upload, video=[b"other"])
    assert (Path(settings.MEDIA_ROOT) / Clip.objects.get().video_name).read_bytes() == b"video"


def test_an_empty_snapshot_is_refused() -> None:
    node, job = make_node(), make_queued_job()
    event = stored_event(node, job)
    with pytest.raises(InvalidError, match="JPEG"):
        snapshot_store(node=node, event_id=event.id, picture=[], sha256=hashlib.sha256(b"").hexdigest())
