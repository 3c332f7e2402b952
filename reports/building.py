"""Turning a run into files."""

from __future__ import annotations

import uuid
from collections.abc import Callable

import structlog
from django.db import transaction
from django.utils import timezone, translation
from django.utils.translation import gettext_lazy as _

from reports.aggregation import report_content
from reports.choices import ReportFormat, RunState
from reports.content import ReportContent
from reports.live import run_changed
from reports.models import ReportFile, Run
from reports.renderers import RENDERERS
from reports.selectors import runs_due
from vms.commits import after_commit
from vms.errors import StorageFullError
from vms.storage.media import incoming_path, media_adopt, media_path, space_require
from vms.work_leases import WorkLease, WorkLostError, work_claim, work_stuck

log = structlog.get_logger(__name__)

COUNTED_PERCENT = 15
SPACE_LEAST_BYTES = 2**20
WENT_WRONG = _("Something went wrong while the report was built. It was tried %(attempts)s times.")
WORKER_ENDED = _("The worker ended each time while it built this report. Ask for a shorter period.")


def report_build(*, run_id: uuid.UUID) -> Run | None:
    """Build the run's files if it is due; None when there is nothing to do or another worker took over.

    Any failure leaves the run queued for a later attempt, or failed after the last one.
    """
    lease = work_claim(runs_due(), run_id)
    if lease is None:
        return None
    run = Run.objects.select_related("requested_by", "site").get(id=run_id)
    with translation.override(run.requested_by.language):
        is_ours = _try_building(run, lease)
    if not is_ours:
        return None
    run.refresh_from_db()
    return run


def _try_building(run: Run, lease: WorkLease) -> bool:
    """Whether the run was ours to the end, built or set back."""
    try:
        _build(run, lease)
    except WorkLostError:
        log.warning("report.lease_lost", run=str(run.id))
        return False
    except StorageFullError as error:
        _set_back(run, lease, error.message)
    except Exception:  # the edge of the process: the run must not stay behind as "being built"
        log.exception("report.failed", run=str(run.id), attempt=lease.attempt)
        _set_back(run, lease, WENT_WRONG % {"attempts": lease.attempt})
    return True


def runs_give_up() -> None:
    """Fail what was claimed as often as is allowed and never came back."""
    for run in work_stuck(runs_due()):
        stuck = Run.objects.filter(id=run.id, state=RunState.RUNNING, next_attempt_at=run.next_attempt_at)
        if stuck.update(state=RunState.FAILED, error=str(WORKER_ENDED), next_attempt_at=None):
            run.refresh_from_db()
            run_changed(run)


def _build(run: Run, lease: WorkLease) -> None:
    space_require(SPACE_LEAST_BYTES)
    content = report_content(run)
    _progress(run, lease, COUNTED_PERCENT)
    files = []
    for number, name in enumerate(run.formats, start=1):
        files.append(_render(run, ReportFormat(name), content, lease.renew))
        _progress(run, lease, COUNTED_PERCENT + (99 - COUNTED_PERCENT) * number // len(run.formats))
    _finish(run, lease, content, files)


def _render(run: Run, report_format: ReportFormat, content: ReportContent, beat: Callable[[], None]) -> ReportFile:
    temporary = incoming_path()
    try:
        RENDERERS[report_format].render(content, temporary, beat)
        size_bytes = temporary.stat().st_size
        name = f"reports/{run.id}/report.{report_format}"
        media_adopt(temporary, name)
    finally:
        temporary.unlink(missing_ok=True)
    return ReportFile(run=run, format=report_format, file_name=name, size_bytes=size_bytes)


@transaction.atomic
def _finish(run: Run, lease: WorkLease, content: ReportContent, files: list[ReportFile]) -> None:
    lease.update(
        state=RunState.DONE,
        finished_at=timezone.now(),
        progress_percent=100,
        event_count=content.total.events,
        content_camera_ids=content.camera_ids,
        error="",
        next_attempt_at=timezone.now() if run.mail else None,
    )
    run.files.all().delete()
    ReportFile.objects.bulk_create(files)
    run.refresh_from_db()
    after_commit(run_changed, run)


def _progress(run: Run, lease: WorkLease, percent: int) -> None:
    lease.renew(progress_percent=percent)
    run.state, run.progress_percent = RunState.RUNNING, percent
    run_changed(run)


def _set_back(run: Run, lease: WorkLease, reason: str) -> None:
    lease.set_back(reason)
    run.refresh_from_db()
    run_changed(run)


def run_files_delete(run_id: uuid.UUID) -> None:
    """Remove a run's files from the disk, whatever formats it had."""
    folder = media_path(f"reports/{run_id}")
    for path in folder.glob("report.*"):
        path.unlink(missing_ok=True)
    if folder.is_dir():
        folder.rmdir()
