"""Stores an event's clip, boxes and snapshot under names that follow from the event, so that a retry overwrites."""

from __future__ import annotations

import uuid
from collections.abc import Iterable

from django.db import transaction
from django.utils import timezone

from events.announcements import event_announce
from events.choices import ClipShortened
from events.models import Clip, Event
from events.services.stream_events import event_find
from vms.errors import InvalidError, NotFoundError
from vms.storage.media import media_path, media_write
from workers.choices import ChunkState
from workers.errors import LeaseLostError
from workers.models import Chunk, WorkerNode
from workers.runtime.contract import ClipUpload
from workers.services.leases import node_worked_on
from workers.services.stream_turns import part_require

FOLDER = "clips"
JPEG_START = b"\xff\xd8\xff"
MOST_MS = 2**31 - 1


def event_file_name(event: Event, suffix: str) -> str:
    return f"{FOLDER}/{event.camera_id}/{event.started_at:%Y/%m/%d}/{event.id}.{suffix}"


@transaction.atomic
def clip_store(*, node: WorkerNode, event_id: uuid.UUID, upload: ClipUpload, video: Iterable[bytes]) -> bool:
    """Store the clip with its boxes; True when it is news, False when the very same was there.

    The row is locked while the files are moved, so that row and files agree whoever else is sending.

    Raises:
        NotFoundError: there is no such event.
        LeaseLostError: another node works on the event's job now, or the node had no part in its stream.
        InvalidError: the bytes are not those announced.
        StorageFullError: there is no room.
    """
    event, clip, is_alias = _locked(node, event_id)
    if is_alias and clip.video_name:
        return False  # found by two nodes: the clip of the one whose row was kept stays
    if not all(0 <= value <= MOST_MS for value in (upload.meta.duration_ms, upload.meta.moment_ms)):
        raise InvalidError("The clip's times are none that a clip can have.")
    name = event_file_name(event, "mp4")
    if clip.video_sha256 == upload.meta.sha256 and media_path(name).exists():
        return False
    stored = media_write(name, video, sha256=upload.meta.sha256)
    boxes = media_write(event_file_name(event, "json"), [upload.boxes.model_dump_json().encode()])
    clip.video_name, clip.video_bytes, clip.video_sha256 = stored.name, stored.size_bytes, stored.sha256
    clip.codec, clip.duration_ms = upload.meta.codec[:32], upload.meta.duration_ms
    clip.moment_ms, clip.boxes_name = upload.meta.moment_ms, boxes.name
    clip.shortened = upload.meta.shortened if upload.meta.shortened in ClipShortened else ""
    clip.stored_at = timezone.now()
    clip.save()
    event_announce("event.updated", event, clip=True)
    return True


@transaction.atomic
def snapshot_store(*, node: WorkerNode, event_id: uuid.UUID, picture: Iterable[bytes], sha256: str) -> bool:
    """Store the event's best picture, a JPEG; the errors are those of ``clip_store``."""
    event, clip, is_alias = _locked(node, event_id)
    if is_alias and clip.snapshot_name:
        return False
    name = event_file_name(event, "jpg")
    media_write(name, _jpeg_only(picture), sha256=sha256)
    is_news = clip.snapshot_name != name
    clip.snapshot_name, clip.stored_at = name, timezone.now()
    clip.save()
    event_announce("event.updated", event, snapshot=True)
    return is_news


def _jpeg_only(picture: Iterable[bytes]) -> Iterable[bytes]:
    parts = iter(picture)
    first = next(parts, b"")
    if not first.startswith(JPEG_START):
        raise InvalidError("The snapshot is not a JPEG picture.")
    yield first
    yield from parts


def _locked(node: WorkerNode, event_id: uuid.UUID) -> tuple[Event, Clip, bool]:
    event, is_alias = event_find(event_id, lock=True)
    if event is None or (event.job_id is None and event.stream is None):
        raise NotFoundError("There is no such event.")
    if event.job_id is not None:
        _turn_require(node, event.job_id)
    elif event.stream is not None:
        also = event.aliases.filter(id=event_id).values_list("lease_epoch", flat=True)
        part_require(node=node, stream=event.stream, epochs=[event.lease_epoch, *also])
    clip, _ = Clip.objects.get_or_create(event=event)
    return event, clip, is_alias


def _turn_require(node: WorkerNode, job_id: uuid.UUID) -> None:
    """The node's is the unfinished chunk that was leased last, or the job is over and it had a part in it."""
    latest = Chunk.objects.filter(job_id=job_id, epoch__gt=0).exclude(state=ChunkState.DONE).order_by("-epoch").first()
    if latest is not None and latest.node_id == node.id:
        return
    if not node_worked_on(node=node, job_id=job_id):
        raise LeaseLostError("Another node works on this recording now.")
