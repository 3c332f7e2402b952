"""Which events a user has not seen yet: those that came after their mark and that they have not opened since."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from events.models import Event, EventRead, ReadMark
from events.selectors import events_visible_to
from vms.accounts.models import User

UNREAD_DAYS = 14
"""What is older counts as read: nobody works off last month."""
MOST_COUNTED = 100


def read_until(user: User) -> datetime:
    """The user's mark; who has none yet has read what came before their account."""
    mark = ReadMark.objects.filter(user=user).values_list("until", flat=True).first()
    return max(mark or user.date_joined, timezone.now() - timedelta(days=UNREAD_DAYS))


def unread_by(user: User) -> Q:
    """A filter for events."""
    opened = EventRead.objects.filter(user=user, event=OuterRef("pk"))
    return Q(~Exists(opened), received_at__gt=read_until(user))


def unread_among(user: User, events: Iterable[Event]) -> set[uuid.UUID]:
    """Those of ``events`` that the user has not seen, by two queries."""
    until = read_until(user)
    new = {event.id for event in events if event.received_at > until}
    opened = EventRead.objects.filter(user=user, event__in=new) if new else EventRead.objects.none()
    return new - set(opened.values_list("event", flat=True))


def unread_count(user: User) -> int:
    """How many wait for the user, counted to a hundred."""
    newest_first = events_visible_to(user).filter(unread_by(user)).order_by("-received_at")
    return newest_first[:MOST_COUNTED].count()
