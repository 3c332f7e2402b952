"""Building exports: one worker at a time, given back by time when the worker dies."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from zoneinfo import ZoneInfo

import structlog
from django.conf import settings
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
from vms.work_leases import WorkLease, WorkLostError, work_claim, work_stuck

log = structlog.get_logger(__name__)

KINDS = (("clips", "mp4", "video_name"), ("snapshots", "jpg", "snapshot_name"), ("boxes", "json", "boxes_name"))


@dataclass(slots=True)
class Progress:
    """Keeps the lease and tells the asker's open pages how far it is, now and then."""

    lease: WorkLease
    percent: int = 0

    def beat(self) -> None:
        """Raises WorkLostError where the export is not ours any more."""
        if self.lease.beat(progress_percent=self.percent):
            _tell(self.lease.work_id)


def export_build(*, export_id: uuid.UUID) -> None:
    """Build the file if it is due. Any failure leaves it queued for a later attempt, or failed after the last one."""
    lease = work_claim(exports_due(), export_id)
    if lease is None:
        return
    export = Export.objects.select_related("requested_by").get(id=export_id)
    with translation.override(export.requested_by.language):
        _try_building(export, lease)
    _tell(export_id)


def _try_building(export: Export, lease: WorkLease) -> None:
    try:
        _build(export, lease)
    except WorkLostError:
        log.warning("export.lease_lost", export=str(export.id))
        if not Export.objects.filter(id=export.id).exists():
            media_delete(export.file_name)
    except StorageFullError as error:
        lease.set_back(error.message)
    except DomainError as error:
        lease.set_back(error.message, for_good=True)
    except Exception:  # the edge of the process: it must not stay behind as "being built"
        log.exception("export.failed", export=str(export.id), attempt=lease.attempt)
        lease.set_back(_("Something went wrong while the file was built. It was tried %s times.") % lease.attempt)


def exports_give_up() -> None:
    """Fail what was claimed as often as is allowed and never came back."""
    error = _("The worker ended each time while it built this export. Choose fewer events.")
    failed = {"state": ExportState.FAILED, "next_attempt_at": None, "finished_at": timezone.now()}
    work_stuck(exports_due()).update(error=error, **failed)


def _build(export: Export, lease: WorkLease) -> None:
    mine = events_visible_to(export.requested_by).filter(id__in=export.event_ids)
    events = list(mine.order_by("started_at", "id"))
    if not events:
        raise InvalidError(_("You may not view any of these events any more."))
    space_require(sum(clip.video_bytes for event in events if (clip := _clip(event))))
    temporary, progress = incoming_path(), Progress(lease)
    try:
        with Archive(temporary, export.download_name.removesuffix(".zip"), timezone.now(), progress.beat) as archive:
            _fill(archive, export, events, progress)
        size, sha256 = temporary.stat().st_size, _sha256(temporary, progress)
        progress.beat()
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


def _fill(archive: Archive, export: Export, events: list[Event], progress: Progress) -> None:
    rows, missing = [], []
    for number, event in enumerate(events):
        progress.percent = 99 * number // len(events)
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


def _sha256(path: Path, progress: Progress) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(2**20):
            digest.update(block)
            progress.beat()
    return digest.hexdigest()


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
