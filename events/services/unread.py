"""Noting what a user has seen."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from events.models import EventRead, ReadMark
from events.selectors import events_visible_to
from events.unread import UNREAD_DAYS, read_until
from vms.accounts.models import User

FUTURE = timedelta(minutes=1)


def events_mark_read(*, user: User, event_ids: Iterable[uuid.UUID]) -> None:
    """Those that are not the user's are passed over."""
    until = read_until(user)
    new = events_visible_to(user).filter(id__in=list(event_ids), received_at__gt=until)
    rows = [EventRead(user=user, event_id=event_id) for event_id in new.order_by().values_list("id", flat=True)]
    EventRead.objects.bulk_create(rows, ignore_conflicts=True)


@transaction.atomic
def read_mark_set(*, user: User, until: datetime) -> datetime:
    """Say that all that came until then is read, or, by an earlier time, take that back. Returns the mark before."""
    before = read_until(user)
    latest = timezone.now() + FUTURE
    ReadMark.objects.update_or_create(user=user, defaults={"until": min(until, latest)})
    return before


def reads_sweep() -> int:
    """Remove what no mark can be before any more."""
    limit = timezone.now() - timedelta(days=UNREAD_DAYS)
    # Opened before the limit, so it came before it too.
    return EventRead.objects.filter(read_at__lt=limit).delete()[0]
