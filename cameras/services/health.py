"""How live cameras do: what their workers report, debounced, told to open pages, and raised as events."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F

from cameras.choices import CoverageState, HealthFault, HealthState
from cameras.models import Camera, CameraHealth
from cameras.services.conditions import NOT_RUNNING, OFF_REASONS, WORKER_SILENT, Reading, coverage_of, reading_of
from cameras.services.debounce import debounce, moment_of, ms_of, steadied
from cameras.services.health_memory import HealthMemory
from cameras.services.tally import MINUTE_MS, Counting, MinuteTally, Stretch
from events.camera_events import camera_events_settle
from events.live import LiveMessage, camera_group, push_all
from vms.commits import after_commit
from workers.runtime.contract import StreamCondition, StreamHealth

WRITTEN_SECONDS = 10
"""A row in which nothing changes is written so often, and no more: hundreds of cameras report every two seconds."""
HELD_MS = 12_000
"""A camera was as it was said to be for this long after the last written report."""
STOPPED_MS = 150_000
"""Nobody counted for so long, not even the sweep: the platform was not running."""
MOST_EVENTS = 10
"""More cameras change at once only where a switch or a host fails. The sweep then starts the other events: a report
must be answered before leases end."""
WRITTEN_FIELDS = [
    "state", "since", "reason", "fault", "pending_state", "pending_since", "condition", "reported_at", "frame_at",
    "width", "height", "memory", "counted_until", "tally", "event_due", "closed",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class CameraReport:
    """What a camera's worker says of it; ``at``: when it said so, on the platform's clock."""

    camera_id: int
    health: StreamHealth
    at: datetime


@transaction.atomic
def health_note(reports: Sequence[CameraReport]) -> None:
    """Take in what workers report, many cameras at once and every few seconds, by as many queries for 600 as for 1.

    Beyond those only what changes costs: a message to open pages, and a few queries for each of the first
    ``MOST_EVENTS`` events that start or end; the sweep does the others. Reports that are older than the camera's
    last, or of a camera that is switched off or gone, change nothing.
    """
    news = _news(reports)
    rows = _rows_locked({report.camera_id for report in news})
    written: dict[int, CameraHealth] = {}
    told: dict[int, CameraHealth] = {}
    for report in news:
        row = rows.get(report.camera_id)
        if row is None or (row.reported_at is not None and report.at <= row.reported_at):
            continue
        before = (row.state, row.reason)
        if _take_in(row, report):
            written[row.camera_id] = row
        if (row.state, row.reason) != before:
            told[row.camera_id] = row
    healths_write(list(written.values()), told=list(told.values()))


def _news(reports: Sequence[CameraReport]) -> list[CameraReport]:
    """The reports that need a closer look. Most say that a camera still is well, and its row is fresh enough."""
    if not reports:
        return []
    columns = ("camera_id", "condition", "pending_state", "reported_at")
    found = CameraHealth.objects.filter(camera__in=[report.camera_id for report in reports]).order_by()
    known = {row[0]: row[1:] for row in found.values_list(*columns)}
    return [report for report in reports if not _is_no_news(report, known.get(report.camera_id))]


def _is_no_news(report: CameraReport, row: tuple[str, str, datetime | None] | None) -> bool:
    if row is None or report.health.condition != StreamCondition.ONLINE:
        return False
    condition, pending_state, reported_at = row
    is_fresh = reported_at is not None and (report.at - reported_at).total_seconds() < WRITTEN_SECONDS
    return condition == StreamCondition.ONLINE and not pending_state and is_fresh


def healths_write(rows: Sequence[CameraHealth], *, told: Sequence[CameraHealth]) -> None:
    """Write the rows by one statement. ``told``: those whose state has changed, for events and open pages."""
    for number, row in enumerate(told):
        row.event_due = number >= MOST_EVENTS
    if rows:
        CameraHealth.objects.bulk_create(
            rows, update_conflicts=True, unique_fields=["camera"], update_fields=WRITTEN_FIELDS
        )

    if told:
        camera_events_settle(healths=told[:MOST_EVENTS])
        messages = [(camera_group(row.camera_id), _message(row)) for row in told]
        after_commit(push_all, messages)


@transaction.atomic
def events_catch_up() -> int:
    """Start and end some of the events that are still due; return how many cameras that were."""
    due = CameraHealth.objects.filter(event_due=True).order_by("camera_id").select_for_update(skip_locked=True)
    rows = list(due[:MOST_EVENTS])
    if rows:
        camera_events_settle(healths=rows)
        CameraHealth.objects.filter(pk__in=[row.pk for row in rows]).update(event_due=False)
    return len(rows)


def _message(row: CameraHealth) -> LiveMessage:
    return {
        "kind": "camera.health",
        "id": str(row.camera_id),
        "camera_id": row.camera_id,
        "data": {
            "state": row.state,
            "reason": row.reason,
            "since": row.since.isoformat() if row.since else None,
        },
    }


def _rows_locked(camera_ids: set[int]) -> dict[int, CameraHealth]:
    """The rows of the cameras that are switched on, locked in one order, so that no two can wait for each other."""
    found = CameraHealth.objects.filter(camera__in=camera_ids).annotate(enabled=F("camera__enabled"))
    locked = found.order_by("camera_id").select_for_update(of=("self",))
    rows: dict[int, CameraHealth] = {row.camera_id: row for row in locked if row.enabled}
    missing = camera_ids - rows.keys()
    if missing:
        # Switched-off cameras that have a row are among the missing, and are found to be off here.
        cameras = Camera.objects.filter(id__in=missing, enabled=True)
        rows |= {camera_id: CameraHealth(camera_id=camera_id) for camera_id in cameras.values_list("id", flat=True)}
    return rows


def _take_in(row: CameraHealth, report: CameraReport) -> bool:
    """Change the row as the report asks; False where that need not be written."""
    health, at_ms = report.health, ms_of(report.at)
    began_ms = _began_ms(row, health, at_ms)
    row_switch_on(row, moment_of(began_ms))
    memory = HealthMemory.model_validate(row.memory)
    old, flaw = row_reading(row, memory), memory.flaw
    is_good = reading_of(health.condition, "").is_good
    memory.learn(health, was_good=old.is_good, is_good=is_good, began_ms=began_ms, at_ms=at_ms)
    new = memory.reading(health.condition)
    # An outage of our own ends when we hear of the camera again, however long its reader was well.
    began = report.at if row.fault == HealthFault.PLATFORM and row.state == HealthState.OFFLINE else moment_of(began_ms)
    steady = steadied(row, new, memory, at_ms)
    is_changed = debounce(row, steady, began=began, at=report.at, is_fresh=memory.is_fresh)
    is_changed |= row.condition != health.condition or memory.flaw != flaw
    if not is_changed and row.reported_at is not None:
        is_changed = (report.at - row.reported_at).total_seconds() >= WRITTEN_SECONDS
    if is_changed:
        _count(row, old, new, (began_ms, at_ms))
        _write_down(row, report, memory)
    return is_changed


def row_switch_on(row: CameraHealth, since: datetime) -> None:
    """If the camera was not to be watched before ``since``, note so of the time up to then; it begins anew."""
    if row.state != HealthState.UNKNOWN or row.reason not in OFF_REASONS:
        return
    counting = counting_of(row, ms_of(since))
    counting.advance(ms_of(since), CoverageState.BLIND, row.reason)
    counting_keep(row, counting)
    row.reason, row.since, row.reported_at = "", since, None
    row.pending_state, row.pending_since = HealthState.UNKNOWN, since


def row_reading(row: CameraHealth, memory: HealthMemory) -> Reading:
    """What the row's last written report said."""
    return memory.reading(StreamCondition(row.condition or StreamCondition.CONNECTING))


def _began_ms(row: CameraHealth, health: StreamHealth, at_ms: int) -> int:
    """Since when the camera is as it is, on the platform's clock; never before the last written report."""
    began_ms = at_ms - max(0, health.now_ms - health.since_ms)
    return max(began_ms, ms_of(row.reported_at)) if row.reported_at is not None else began_ms


def _write_down(row: CameraHealth, report: CameraReport, memory: HealthMemory) -> None:
    health = report.health
    row.condition, row.reported_at = health.condition, report.at
    row.width, row.height = health.width, health.height
    row.memory = memory.model_dump(mode="json", exclude_defaults=True)
    if health.frame_ms is not None:
        row.frame_at = report.at - timedelta(milliseconds=max(0, health.now_ms - health.frame_ms))


def _count(row: CameraHealth, old: Reading, new: Reading, moments_ms: tuple[int, int]) -> None:
    """Count the time since the last written report: as it was, then perhaps silence, then as it is."""
    began_ms, at_ms = moments_ms
    counting = counting_of(row, at_ms)
    if row.reported_at is not None and began_ms > ms_of(row.reported_at):
        silent_from = min(began_ms, ms_of(row.reported_at) + HELD_MS)
        counting.advance(silent_from, coverage_of(old), old.reason)
    counting.advance(began_ms, CoverageState.BLIND, silence_reason(counting, began_ms))
    counting.advance(at_ms, coverage_of(new), new.reason)
    counting_keep(row, counting)


def silence_reason(counting: Counting, to_ms: int) -> str:
    return NOT_RUNNING if to_ms - counting.until_ms > STOPPED_MS else WORKER_SILENT


def counting_of(row: CameraHealth, at_ms: int) -> Counting:
    """The row's count; a new one begins with the next whole minute."""
    until_ms = ms_of(row.counted_until) if row.counted_until else at_ms - at_ms % MINUTE_MS + MINUTE_MS
    closed = [Stretch(*stretch) for stretch in row.closed]
    return Counting(MinuteTally.model_validate(row.tally), closed, until_ms)


def counting_keep(row: CameraHealth, counting: Counting) -> None:
    row.counted_until = moment_of(counting.until_ms)
    row.tally = counting.tally.model_dump(exclude_defaults=True)
    row.closed = [list(stretch) for stretch in counting.closed]
