"""When a camera's state is said to have changed: only once the change has lasted, and never to and fro."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from django.conf import settings

from cameras.choices import HealthState
from cameras.models import CameraHealth
from cameras.services.conditions import GOOD_STATES, REASONS, UNSTABLE, Reading
from cameras.services.health_memory import HealthMemory
from workers.runtime.contract import StreamCondition

CONNECTING = REASONS[StreamCondition.CONNECTING]
CONNECTING_SECONDS = 15
"""A worker that takes a camera over connects first: no news of the camera until that fails."""
UNSTABLE_SECONDS = 30
"""How long a camera that keeps dropping out must be gone for good before it is offline and not just unstable."""


def steadied(row: CameraHealth, reading: Reading, memory: HealthMemory, at_ms: int) -> Reading:
    """The reading, or “unstable” while the camera keeps dropping out: one state then, not a stream of alerts."""
    if not memory.is_unstable or reading.state == HealthState.FROZEN:
        return reading
    gone_ms = at_ms - memory.bad_since_ms if memory.bad_since_ms is not None else 0
    is_out = not reading.is_good and (row.state not in GOOD_STATES or gone_ms >= UNSTABLE_SECONDS * 1000)
    return reading if is_out else Reading(HealthState.DEGRADED, UNSTABLE)


def debounce(row: CameraHealth, reading: Reading, *, began: datetime, at: datetime, is_fresh: bool = False) -> bool:
    """Take a reading into the row's debounced state; True where the state, its reason or what is pending changed.

    ``is_fresh``: the camera's worker has just begun and has had no picture of it yet.
    """
    if reading.state == row.state:
        changed = bool(row.pending_state) or _reason_take(row, reading)
        row.pending_state, row.pending_since = "", None
        return changed
    is_news = _pend(row, reading, began)
    if (at - (row.pending_since or at)) >= _patience(row.state, reading, is_fresh=is_fresh):
        _enter(row, reading)
        return True
    return is_news


def _reason_take(row: CameraHealth, reading: Reading) -> bool:
    """The next worker, which only connects yet, knows less than the one before it."""
    if reading.reason == row.reason or reading.reason == CONNECTING:
        return False
    row.reason, row.fault = reading.reason, reading.fault
    return True


def _pend(row: CameraHealth, reading: Reading, began: datetime) -> bool:
    before = row.pending_state
    if before == reading.state:
        return False
    # Online or degraded: both end an outage; stalled or frozen: both are trouble. Changing between two of a kind does
    # not start the wait anew, unless it is for frozen, which is longer.
    is_known = before not in ("", HealthState.UNKNOWN)  # unknown: no worker spoke of it
    same_kind = is_known and (before in GOOD_STATES) == reading.is_good != (row.state in GOOD_STATES)
    if not same_kind or reading.state == HealthState.FROZEN:
        row.pending_since = began
    row.pending_state = reading.state
    return True


def _enter(row: CameraHealth, reading: Reading) -> None:
    row.state, row.since = reading.state, row.pending_since
    row.reason, row.fault = reading.reason, reading.fault
    row.pending_state, row.pending_since = "", None


def _patience(state: str, reading: Reading, *, is_fresh: bool) -> timedelta:
    if state == HealthState.UNKNOWN and reading.is_good:
        return timedelta(0)
    if reading.state == HealthState.FROZEN:
        return timedelta(seconds=settings.CAMERA_FROZEN_SECONDS)
    if reading.is_good:
        return timedelta(seconds=settings.CAMERA_ONLINE_SECONDS)
    if is_fresh and reading.reason == CONNECTING:
        return timedelta(seconds=max(CONNECTING_SECONDS, settings.CAMERA_OFFLINE_SECONDS))
    return timedelta(seconds=settings.CAMERA_OFFLINE_SECONDS)


def moment_of(at_ms: int) -> datetime:
    return datetime.fromtimestamp(at_ms / 1000, UTC)


def ms_of(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)
