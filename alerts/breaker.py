"""The circuit breaker of each endpoint: one that fails again and again is left alone, and asked now and then.

It also keeps one endpoint that hangs from taking every worker: few messages go to an endpoint at a time.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from django.db import transaction
from django.utils import timezone

from alerts.choices import DeliveryState
from alerts.models import Delivery, EndpointHealth
from vms.commits import after_commit

OPENS_AFTER = 5
FIRST_WAIT_SECONDS, LAST_WAIT_SECONDS = 30, 900
AT_ONCE = 2
MOST_ANSWER = 1_000

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Wait:
    """``until`` None: until a message that is on its way to the endpoint has ended, or its sender's lease has."""

    until: datetime | None


def endpoint_admit(endpoint_id: int) -> Wait | None:
    """None: a message may go to the endpoint now. Call it in the transaction that claims the message."""
    health = _locked(endpoint_id)
    now = timezone.now()
    closed_until = max((at for at in (health.probe_at, health.busy_until) if at is not None), default=now)
    if now < closed_until:
        return Wait(closed_until)
    # One is enough to see whether it works, and the only one while the breaker is open: the probe.
    works = health.succeeded_at is not None and not health.failures_in_row
    return Wait(None) if _on_the_way(endpoint_id, now) >= (AT_ONCE if works else 1) else None


@transaction.atomic(savepoint=False)
def endpoint_note(*, endpoint_id: int, succeeded: bool, answer: str, busy_seconds: float = 0) -> None:
    """Remember how a message went; opens or closes the breaker. ``busy_seconds``: for so long it wants no others."""
    health = _locked(endpoint_id)
    now = timezone.now()
    health.answer = answer[:MOST_ANSWER]
    if busy_seconds:
        health.busy_until = now + timedelta(seconds=min(busy_seconds, LAST_WAIT_SECONDS))
    if succeeded:
        _note_success(health, now)
    else:
        _note_failure(health, now)
    health.save()


def endpoint_reset(*, endpoint_id: int) -> None:
    """Its address was changed or somebody looked after it: what was is forgotten, and what waits goes out."""
    EndpointHealth.objects.filter(endpoint_id=endpoint_id).update(
        failures_in_row=0, times_opened=0, opened_at=None, probe_at=None, busy_until=None
    )
    _wake(endpoint_id, timezone.now())


def wait_seconds(times_opened: int) -> int:
    return min(LAST_WAIT_SECONDS, FIRST_WAIT_SECONDS << min(times_opened - 1, 10))


def _note_success(health: EndpointHealth, now: datetime) -> None:
    if health.probe_at is not None:
        log.info("endpoint.works_again", endpoint=health.endpoint_id)
        after_commit(_wake, health.endpoint_id, now)
    health.failures_in_row = health.times_opened = 0
    health.opened_at = health.probe_at = None
    health.succeeded_at = now


def _note_failure(health: EndpointHealth, now: datetime) -> None:
    health.failures_in_row += 1
    health.failed_at = now
    if health.failures_in_row < OPENS_AFTER:
        return
    if health.probe_at is not None and now < health.probe_at:
        return  # it was on its way when the breaker opened, and is no probe
    if health.opened_at is None:
        log.warning("endpoint.left_alone", endpoint=health.endpoint_id, failures=health.failures_in_row)
        health.opened_at = now
    health.times_opened += 1
    health.probe_at = now + timedelta(seconds=wait_seconds(health.times_opened))


def _locked(endpoint_id: int) -> EndpointHealth:
    locked = EndpointHealth.objects.select_for_update().filter(endpoint_id=endpoint_id)
    if (health := locked.first()) is not None:
        return health
    EndpointHealth.objects.get_or_create(endpoint_id=endpoint_id)
    return locked.get()


def _on_the_way(endpoint_id: int, now: datetime) -> int:
    sending = Delivery.objects.filter(endpoint=endpoint_id, state=DeliveryState.SENDING)
    return sending.filter(lease_expires_at__gt=now).count()


def _wake(endpoint_id: int, now: datetime) -> None:
    """The endpoint has just shown that it works: no reason to wait for the time of each message."""
    waiting = Delivery.objects.filter(endpoint=endpoint_id, state=DeliveryState.QUEUED, next_attempt_at__gt=now)
    waiting.update(next_attempt_at=now)
