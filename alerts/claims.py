"""Claims on messages: short leases, renewed by the process that sends. One that was killed blocks nobody for long."""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from threading import Lock, Thread

import structlog
from django.db import Error, connection
from django.utils import timezone

from alerts.choices import DeliveryState
from alerts.models import Delivery

LEASE_SECONDS, RENEW_SECONDS = 12, 3
LONGEST_SECONDS = 90
"""More than the actor's time limit: what hangs for longer is renewed no more."""

log = structlog.get_logger(__name__)
_kept: dict[uuid.UUID, float] = {}
_lock = Lock()
_renewer: list[Thread] = []


def lease_end() -> datetime:
    return timezone.now() + timedelta(seconds=LEASE_SECONDS)


@contextmanager
def claim_kept(delivery_id: uuid.UUID) -> Iterator[None]:
    """The lease of a message that was claimed does not end before the block does."""
    with _lock:
        _kept[delivery_id] = time.monotonic()
        if not _renewer:
            _renewer.append(Thread(target=_renew_for_ever, name="claims", daemon=True))
            _renewer[0].start()
    try:
        yield
    finally:
        with _lock:
            _kept.pop(delivery_id, None)


def claims_renew(*, older_than_seconds: float = 0) -> int:
    """Renew this process's claims; how many there were. ``next_attempt_at`` is the lease's end, for the sweeper."""
    now = time.monotonic()
    with _lock:
        kept = [key for key, since in _kept.items() if older_than_seconds <= now - since < LONGEST_SECONDS]
    if not kept:
        return 0
    end = lease_end()
    sending = Delivery.objects.filter(id__in=kept, state=DeliveryState.SENDING).order_by()
    return sending.update(next_attempt_at=end, lease_expires_at=end)


def _renew_for_ever() -> None:
    while True:
        time.sleep(RENEW_SECONDS)
        try:
            if claims_renew(older_than_seconds=RENEW_SECONDS):
                connection.close()
        except Error as error:  # also what psycopg calls an interface error
            log.warning("claims.not_renewed", error=str(error))
            connection.close()
