"""What no report says: cameras of which no worker speaks, that are switched off, or that are new; and the ledger."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.utils import timezone

from cameras.choices import CoverageState, HealthFault, HealthState, SourceKind
from cameras.models import Camera, CameraHealth
from cameras.services.conditions import NO_WORKER, NOT_LIVE, SET_ASIDE, SWITCHED_OFF, coverage_of
from cameras.services.coverage import coverage_extend
from cameras.services.debounce import moment_of, ms_of
from cameras.services.health import (
    HELD_MS,
    STOPPED_MS,
    WRITTEN_SECONDS,
    counting_keep,
    counting_of,
    healths_write,
    row_reading,
    row_switch_on,
    silence_reason,
)
from cameras.services.health_memory import HealthMemory
from cameras.services.tally import MINUTE_MS
from workers.choices import StreamWorkState

SILENT = timedelta(seconds=15)
"""A camera of which nothing was written for so long is not being reported; it is written every ten seconds."""
WATCHED_ON = timedelta(seconds=120)
"""A worker that could not report may have watched on, and may still say so. Shorter than a stop of ours."""
LIVE = Q(camera__enabled=True) & ~Q(camera__source_kind=SourceKind.UPLOAD)


@transaction.atomic
def healths_sweep(now: datetime | None = None) -> None:
    """Bring every live camera's health and ledger up to now. Runs every few seconds, whenever it can; catches up.

    As many queries for 600 cameras as for one; only events that start or end cost more.
    """
    now = now or timezone.now()
    _rows_create(now)
    rows = list(_rows_due(now))
    told = [row for row in rows if _row_sweep(row, now)]
    coverage_extend(rows)
    healths_write(rows, told=told)


def _rows_create(now: datetime) -> None:
    """A live camera without a row is new: its ledger begins with the next whole minute."""
    new = Camera.objects.filter(enabled=True, health=None).exclude(source_kind=SourceKind.UPLOAD)
    rows = [
        CameraHealth(
            camera_id=camera_id,
            since=now,
            pending_state=HealthState.UNKNOWN,
            pending_since=now,
            counted_until=moment_of(counting_of(CameraHealth(), ms_of(now)).until_ms),
        )
        for camera_id in new.values_list("id", flat=True)
    ]
    if rows:
        CameraHealth.objects.bulk_create(rows, ignore_conflicts=True)


def _rows_due(now: datetime) -> QuerySet[CameraHealth]:
    """Rows with closed minutes; those of silent cameras that are not yet said to be offline, or have a minute to
    close; those of cameras that are switched off. Locked in one order, as by the reports."""
    silent = Q(reported_at__lt=now - SILENT) | Q(reported_at=None)
    minute_ago = now - SILENT - timedelta(milliseconds=MINUTE_MS)
    is_news = ~Q(state=HealthState.OFFLINE) | ~Q(fault=HealthFault.PLATFORM) | Q(counted_until__lt=minute_ago)
    off = ~LIVE & (~Q(state=HealthState.UNKNOWN) | ~Q(pending_state="") | Q(counted_until__lt=minute_ago))
    rows = CameraHealth.objects.filter(~Q(closed=[]) | (LIVE & silent & is_news) | off)
    rows = rows.annotate(enabled=F("camera__enabled"), kind=F("camera__source_kind"), watch=F("camera__stream__state"))
    return rows.order_by("camera_id").select_for_update(of=("self",))


def _row_sweep(row: CameraHealth, now: datetime) -> bool:
    """Change the row; True where its state or reason is another now."""
    before = (row.state, row.reason)
    is_live = row.enabled and row.kind != SourceKind.UPLOAD  # type: ignore[attr-defined]  # annotated
    if not is_live:
        _switch_off(row, now)
        return (row.state, row.reason) != before
    row_switch_on(row, now)
    if row.reported_at is None or row.reported_at < now - SILENT:
        _miss(row, now)
    return (row.state, row.reason) != before


def _switch_off(row: CameraHealth, now: datetime) -> None:
    reason = NOT_LIVE if row.enabled else SWITCHED_OFF  # type: ignore[attr-defined]  # annotated
    if (row.state, row.reason) != (HealthState.UNKNOWN, reason):
        row.state, row.since, row.reason, row.fault = HealthState.UNKNOWN, now, reason, ""
        row.condition, row.memory = "", {}
    row.pending_state, row.pending_since = "", None
    counting = counting_of(row, ms_of(now))
    counting.advance(ms_of(now), CoverageState.BLIND, reason)
    counting_keep(row, counting)


def _miss(row: CameraHealth, now: datetime) -> None:
    """Nobody speaks of the camera. What was pending about it is unknown now, and so is the camera for a while."""
    is_told = row.state == HealthState.OFFLINE and row.fault == HealthFault.PLATFORM
    is_stop = ms_of(now) - counting_of(row, ms_of(now)).until_ms > STOPPED_MS
    if not is_told and (row.pending_state != HealthState.UNKNOWN or is_stop):
        row.pending_state = HealthState.UNKNOWN
        # Where nothing ran at all, workers get the whole patience to come back before the platform complains.
        row.pending_since = row.reported_at if row.reported_at and not is_stop else now
    _silence_count(row, now)
    # The last report was written down up to ten seconds before the last one came.
    patience = timedelta(seconds=settings.CAMERA_NO_WORKER_SECONDS + WRITTEN_SECONDS)
    if not is_told and now - (row.pending_since or now) >= patience:
        row.since = row.since if row.state == HealthState.OFFLINE else row.pending_since
        row.state, row.fault, row.reason = HealthState.OFFLINE, HealthFault.PLATFORM, _silence_words(row) or NO_WORKER
        row.pending_state, row.pending_since = "", None


def _silence_words(row: CameraHealth) -> str:
    return SET_ASIDE if row.watch == StreamWorkState.QUARANTINED else ""  # type: ignore[attr-defined]  # annotated


def _silence_count(row: CameraHealth, now: datetime) -> None:
    """Up to where a report can still come: what it will say counts, and not the silence before it."""
    counting = counting_of(row, ms_of(now))
    until_ms = ms_of(now - SILENT)
    if row.reported_at is not None:
        reading = row_reading(row, HealthMemory.model_validate(row.memory))
        counting.advance(min(ms_of(row.reported_at) + HELD_MS, until_ms), coverage_of(reading), reading.reason)
    if not _may_be_watched(row, now):
        counting.advance(until_ms, CoverageState.BLIND, _silence_words(row) or silence_reason(counting, until_ms))
    counting_keep(row, counting)


def _may_be_watched(row: CameraHealth, now: datetime) -> bool:
    """Nobody has taken the camera from its worker: that happens at once where other workers are heard."""
    is_held = row.watch == StreamWorkState.RUNNING  # type: ignore[attr-defined]  # annotated
    return is_held and row.reported_at is not None and now - row.reported_at < WATCHED_ON
