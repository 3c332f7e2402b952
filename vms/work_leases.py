"""Leases on work that one worker does at a time: reports, exports, back-tests.

The work is a row with ``state``, ``attempts`` and ``next_attempt_at``. While a worker has it, that time is the lease's
end: a worker that died gives it back by time, and the sweeper that looks for what is due sends it again.
"""

from __future__ import annotations

import time
import uuid
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db.models import F, Model, Q, QuerySet
from django.utils import timezone

from vms.retrying import retry_wait

LEASE = timedelta(seconds=120)
BEAT_SECONDS = 2.0
MAX_ATTEMPTS = 4
FIRST_RETRY_SECONDS = 20
QUEUED, RUNNING = "queued", "running"
UNFINISHED = Q(state__in=(QUEUED, RUNNING))


class WorkLostError(Exception):
    """It was cancelled or deleted, or another worker has it now: stop, and change nothing."""


@dataclass(slots=True)
class WorkLease:
    """The claim of one attempt. The attempt's number is the fence: a later claim makes it void."""

    rows: QuerySet[Any]
    work_id: uuid.UUID
    attempt: int
    _renewed_at: float = field(default_factory=time.monotonic)

    def update(self, **values: object) -> None:
        """Change the row while it is ours.

        Raises:
            WorkLostError: it is not.
        """
        mine = self.rows.filter(id=self.work_id, state=RUNNING, attempts=self.attempt)
        if not mine.update(**values):
            raise WorkLostError(f"{self.rows.model._meta.verbose_name} {self.work_id}, attempt {self.attempt}")

    def renew(self, **values: object) -> None:
        """Keep the lease; errors as for ``update``."""
        self.update(next_attempt_at=lease_end(), **values)
        self._renewed_at = time.monotonic()

    def beat(self, **values: object) -> bool:
        """Now and then ``renew``, and say so."""
        is_time = time.monotonic() - self._renewed_at >= BEAT_SECONDS
        if is_time:
            self.renew(**values)
        return is_time

    def set_back(self, error: str, *, for_good: bool = False) -> None:
        """Leave it for a later attempt, or failed after the last one or ``for_good``; nothing where it is not ours."""
        now = timezone.now()
        if for_good or self.attempt >= MAX_ATTEMPTS:
            values: dict[str, object] = {"state": "failed", "finished_at": now, "next_attempt_at": None}
        else:
            again_at = now + retry_wait(self.attempt, first_seconds=FIRST_RETRY_SECONDS)
            values = {"state": QUEUED, "next_attempt_at": again_at}
        with suppress(WorkLostError):
            self.update(error=error, **values)


def lease_end() -> datetime:
    return timezone.now() + LEASE


def work_claim(due: QuerySet[Any], work_id: uuid.UUID) -> WorkLease | None:
    """Compare-and-set on what is ``due``: None when it is not, or another worker has it."""
    free = due.filter(UNFINISHED, id=work_id, attempts__lt=MAX_ATTEMPTS).order_by()
    if not free.update(state=RUNNING, attempts=F("attempts") + 1, next_attempt_at=lease_end()):
        return None
    model: type[Model] = due.model
    rows = model._default_manager.order_by()
    return WorkLease(rows, work_id, rows.values_list("attempts", flat=True).get(id=work_id))


def work_stuck(due: QuerySet[Any]) -> QuerySet[Any]:
    """What was claimed as often as is allowed and never came back."""
    return due.filter(state=RUNNING, attempts__gte=MAX_ATTEMPTS).order_by()
