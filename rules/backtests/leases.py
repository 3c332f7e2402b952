"""Claims on a back-test: one worker at a time, given back by time when the worker dies."""

from __future__ import annotations

import time
import uuid
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils import timezone

from rules.backtests.selectors import backtests_due
from rules.choices import BacktestState
from rules.models import Backtest

LEASE_SECONDS = 120
BEAT_SECONDS = 2.0
MAX_ATTEMPTS = 4
RETRY_SECONDS = 30
UNFINISHED = Q(state__in=(BacktestState.QUEUED, BacktestState.RUNNING))


class LeaseLostError(Exception):
    """It was cancelled or deleted, or another worker has it now: stop, and change nothing."""


@dataclass(slots=True)
class BacktestLease:
    """The claim of one attempt. The attempt's number is the fence: a later claim makes it void."""

    backtest_id: uuid.UUID
    attempt: int
    _beaten_at: float = field(default_factory=time.monotonic)

    def update(self, **values: object) -> None:
        """Change the back-test while it is ours.

        Raises:
            LeaseLostError: it is not.
        """
        mine = Backtest.objects.filter(id=self.backtest_id, state=BacktestState.RUNNING, attempts=self.attempt)
        if not mine.update(**values):
            raise LeaseLostError(f"back-test {self.backtest_id}, attempt {self.attempt}")

    def beat(self, percent: float) -> None:
        """Keep the lease and tell how far it is, now and then; errors as for ``update``."""
        if time.monotonic() - self._beaten_at < BEAT_SECONDS:
            return
        self.update(progress_percent=min(99, max(0, int(percent))), next_attempt_at=lease_end())
        self._beaten_at = time.monotonic()


def lease_end() -> datetime:
    return timezone.now() + timedelta(seconds=LEASE_SECONDS)


def backtest_claim(backtest_id: uuid.UUID) -> BacktestLease | None:
    """Compare-and-set: None when it is not due, another worker has it, or another back-test is being done.

    One at a time, since it keeps a core busy that alerts are sent from too; the sweeper comes back for the others.
    """
    busy = Backtest.objects.filter(state=BacktestState.RUNNING, next_attempt_at__gt=Now())
    if busy.exclude(id=backtest_id).exists():
        return None
    due = backtests_due().filter(UNFINISHED, id=backtest_id, attempts__lt=MAX_ATTEMPTS).order_by()
    if not due.update(state=BacktestState.RUNNING, attempts=F("attempts") + 1, next_attempt_at=lease_end()):
        return None
    return BacktestLease(backtest_id, Backtest.objects.values_list("attempts", flat=True).get(id=backtest_id))
