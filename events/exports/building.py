"""Building exports: one worker at a time, given back by time when the worker dies."""

from __future__ import annotations

import hashlib
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import structlog
from django.conf import settings
from django.db.models import F, Q
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from events.choices import ExportState
from events.exports.archive import Archive
from events.exports.selectors import exports_due
from events.exports.table import table_text
from events.live import push, user_group
from events.models import Clip, Event, Export
from events.selectors import events_visible_to
from vms.errors import DomainError, InvalidError, StorageFullError
from vms.storage.media import incoming_path, media_adopt, media_delete, media_path, space_require, storage_error

log = structlog.get_logger(__name__)

LEASE = timedelta(seconds=120)
BEAT_SECONDS = 2.0
MAX_ATTEMPTS = 4
RETRY = timedelta(seconds=30)
UNFINISHED = Q(state__in=(ExportState.QUEUED, ExportState.RUNNING))
KINDS = (("clips", "mp4", "video_name"), ("snapshots", "jpg", "snapshot_name"), ("boxes", "json", "boxes_name"))


class LeaseLostError(Exception):
    """It was deleted, or another worker has it now: stop, and change nothing."""


@dataclass(slots=True)
class ExportLease:
    """The claim of one attempt. The attempt's number is the fence: a later claim makes it void."""

    export_id: uuid.UUID
    attempt: int
    percent: int = 0
    _beaten_at: float = field(default_factory=time.monotonic)

    def update(self, **values: object) -> None:
        """Raises LeaseLostError where it is not ours any more."""
        mine = Export.objects.filter(id=self.export_id, state=ExportState.RUNNING, attempts=self.attempt)
        if not mine.update(**values):
            raise LeaseLostError(f"export {self.export_id}, attempt {self.attempt}")

    def beat(self) -> None:
        """Keep the lease and tell how far it is, now and then."""
        if time.monotonic() - self._beaten_at < BEAT_SECONDS:
            return
        self.update(progress_percent=self.percent, next_attempt_at=timezone.now() + LEASE)
        self._beaten_at = time.monotonic()
        _tell(self.export_id)


def export_build(*, export_id: uuid.UUID) -> None:
    """Build the file if it is due. Any failure leaves it queued for a later attempt, or failed after the last one."""
    lease = _claim(export_id)
    if lease is None:
        return
    export = Export.objects.select_related("requested_by").get(id=export_id)
    with translation.override(export.requested_by.language):
        _try_building(export, lease)
    _tell(export_id)


def _try_building(export: Export, lease: ExportLease) -> None:
    try:
        _build(export, lease)
    except LeaseLostError:
        log.warning("export.lease_lost", export=str(export.id))
        if not Export.objects.filter(id=export.id).exists():
            media_delete(export.file_name)
    except StorageFullError as error:
        _set_back(lease, error.message)
    except DomainError as error:
        _set_back(lease, error.message, for_good=True)
    except Exception:  # the edge of the process: it must not stay behind as "being built"
        log.exception("export.failed", export=str(export.id), attempt=lease.attempt)
        _set_back(lease, _("Something went wrong while the file was built. It was tried %s times.") % lease.attempt)


def exports_give_up() -> None:
    """Fail what was claimed as often as is allowed and never came back."""
    error = _("The worker ended each time while it built this export. Choose fewer events.")
    stuck = exports_due().filter(state=ExportState.RUNNING, attempts__gte=MAX_ATTEMPTS).order_by()
    stuck.update(state=ExportState.FAILED, error=error, next_attempt_at=None, finished_at=timezone.now())


def _claim(export_id: uuid.UUID) -> ExportLease | None:
    due = exports_due().filter(UNFINISHED, id=export_id, attempts__lt=MAX_ATTEMPTS).order_by()
    end = timezone.now() + LEASE
    if not due.update(state=ExportState.RUNNING, attempts=F("attempts") + 1, next_attempt_at=end):
        return None
    return ExportLease(export_id, Export.objects.values_list("attempts", flat=True).get(id=export_id))


def _build(export: Export, lease: ExportLease) -> None:
    mine = events_visible_to(export.requested_by).filter(id__in=export.event_ids)
    events = list(mine.order_by("started_at", "id"))
    if not events:
        raise InvalidError(_("You may not view any of these events any more."))
    space_require(sum(clip.video_bytes for event in events if (clip := _clip(event))))
    temporary = incoming_path()
    try:
        with Archive(temporary, export.download_name.removesuffix(".zip"), timezone.now(), lease.beat) as archive:
            _fill(archive, export, events, lease)
        size, sha256 = temporary.stat().st_size, _sha256(temporary, lease)
        lease.beat()
        media_adopt(temporary, export.file_name)
    except OSError as error:
        raise storage_error(error) from error
    finally:
        temporary.unlink(missing_ok=True)
    lease.update(
        state=ExportState.DONE,
        progress_percent=100,
        finished_at=timezone.now(),
        next_attempt_at=None,
        error="",
        event_count=len(events),
        size_bytes=size,
        sha256=sha256,
        content_camera_ids=sorted({event.camera_id for event in events}),
    )


def _fill(archive: Archive, export: Export, events: list[Event], lease: ExportLease) -> None:
    rows, missing = [], []
    for number, event in enumerate(events):
        lease.percent = 99 * number // len(events)
        paths = dict(_pictures(archive, event))
        rows.append((event, paths.get("clips", ""), paths.get("snapshots", "")))
        missing += [{"event": str(event.id), "what": kind} for kind in ("clips", "snapshots") if kind not in paths]
        if archive.path.stat().st_size > settings.EXPORT_MAX_BYTES:
            raise InvalidError(_("The clips are larger than an export may be. Choose fewer events."))
    archive.add_text("events.csv", table_text(rows))
    archive.finish(_about(export, events, missing))


def _pictures(archive: Archive, event: Event) -> Iterator[tuple[str, str]]:
    """What there is of the event goes into the archive: (kind, path). A file that is gone is no reason to fail."""
    clip = _clip(event)
    for kind, ending, column in KINDS:
        name = getattr(clip, column) if clip else ""
        if not name:
            continue
        sha256 = clip.video_sha256 if clip and kind == "clips" else ""
        try:
            source = media_path(name)
            source.stat()
        except FileNotFoundError:
            continue
        path = f"{kind}/{_stem(event)}.{ending}"
        archive.add_file(path, source, event=str(event.id), sha256=sha256)
        yield kind, path


def _stem(event: Event) -> str:
    """``2026-11-28_14-03-22_Main-gate_1a2b3c4d``: when, on the site's clock, where, and the event's id."""
    at = event.started_at.astimezone(ZoneInfo(event.camera.site.time_zone))
    letters = "".join(letter if letter.isalnum() else "-" for letter in event.camera.name)[:40]
    place = "-".join(part for part in letters.split("-") if part) or "camera"
    return f"{at:%Y-%m-%d_%H-%M-%S}_{place}_{str(event.id)[:8]}"


def _about(export: Export, events: list[Event], missing: list[dict[str, str]]) -> dict[str, object]:
    return {
        "format": "vms-export/1",
        "export": str(export.id),
        "requested_by": export.requested_by.get_username(),
        "requested_at": export.created_at.isoformat(),
        "built_at": timezone.now().isoformat(),
        "events": [str(event.id) for event in events],
        "left_out": len(export.event_ids) - len(events),
        "missing": missing,
    }


def _clip(event: Event) -> Clip | None:
    return getattr(event, "clip", None)


def _sha256(path: Path, lease: ExportLease) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(2**20):
            digest.update(block)
            lease.beat()
    return digest.hexdigest()


def _set_back(lease: ExportLease, reason: str, *, for_good: bool = False) -> None:
    now: datetime = timezone.now()
    values: dict[str, Any] = {"state": ExportState.QUEUED, "next_attempt_at": now + RETRY * lease.attempt}
    if for_good or lease.attempt >= MAX_ATTEMPTS:
        values = {"state": ExportState.FAILED, "next_attempt_at": None, "finished_at": now}
    try:
        lease.update(error=reason, **values)
    except LeaseLostError:
        log.warning("export.lease_lost", export=str(lease.export_id))


def _tell(export_id: uuid.UUID) -> None:
    """The asker's open pages."""
    export = Export.objects.filter(id=export_id).first()
    if export is None:
        return
    data = {"state": export.state, "progress_percent": export.progress_percent}
    push(
        user_group(export.requested_by_id),
        {"kind": "export.progress", "id": str(export.id), "camera_id": None, "data": data},
    )
