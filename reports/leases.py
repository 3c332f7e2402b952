"""Claims on a run: one worker at a time, given back by time when the worker dies."""

from __future__ import annotations

import random
import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import F, Q
from django.utils import timezone

from reports.choices import RunState
from reports.models import Run
from reports.selectors import runs_due

LEASE_SECONDS = 120
MAX_ATTEMPTS = 4
MAX_MAIL_ATTEMPTS = 8
FIRST_RETRY_SECONDS, LAST_RETRY_SECONDS = 20, 1800
JITTER = 0.2
UNFINISHED = Q(state__in=(RunState.QUEUED, RunState.RUNNING))


class LeaseLostError(Exception):
    """Another worker has the run now: stop, and change nothing."""


@dataclass(frozen=True, slots=True)
class BuildLease:
    """The claim of one attempt. The attempt's number is the fence: a later claim makes it void."""

    run_id: uuid.UUID
    attempt: int

    def update(self, **values: object) -> None:
        """Change the run while it is ours.

        Raises:
            LeaseLostError: it is not.
        """
        mine = Run.objects.filter(id=self.run_id, state=RunState.RUNNING, attempts=self.attempt)
        if not mine.update(**values):
            raise LeaseLostError(f"run {self.run_id}, attempt {self.attempt}")

    def renew(self, **values: object) -> None:
        end = lease_end()
        self.update(lease_expires_at=end, next_attempt_at=end, **values)


def lease_end() -> datetime:
    return timezone.now() + timedelta(seconds=LEASE_SECONDS)


def build_claim(run_id: uuid.UUID) -> BuildLease | None:
    """Compare-and-set: None when the run is not due or another worker has it."""
    end = lease_end()
    claimed = (
        runs_due()
        .filter(UNFINISHED, id=run_id, attempts__lt=MAX_ATTEMPTS)
        .order_by()
        .update(state=RunState.RUNNING, attempts=F("attempts") + 1, lease_expires_at=end, next_attempt_at=end)
    )
    if not claimed:
        return None
    return BuildLease(run_id, Run.objects.values_list("attempts", flat=True).get(id=run_id))


def mail_claim(run_id: uuid.UUID) -> bool:
    """The same for the mail of a finished run."""
    due = runs_due().filter(
        id=run_id, state=RunState.DONE, mail=True, mailed_at=None, mail_attempts__lt=MAX_MAIL_ATTEMPTS
    )
    return bool(due.order_by().update(mail_attempts=F("mail_attempts") + 1, next_attempt_at=lease_end()))


def retry_at(attempts: int) -> datetime:
    seconds = min(LAST_RETRY_SECONDS, FIRST_RETRY_SECONDS * 2 ** (attempts - 1))
    return timezone.now() + timedelta(seconds=seconds * random.uniform(1 - JITTER, 1 + JITTER))  # noqa: S311  no secret
