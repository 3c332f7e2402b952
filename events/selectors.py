"""Reading events, always from the cameras that the user may see."""

from __future__ import annotations

import uuid
from collections.abc import Collection
from datetime import datetime, timedelta

from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from cameras.models import Camera
from cameras.selectors import CameraPermission, cameras_visible_to, on_cameras_visible_to
from events.models import Event, TrackLog
from rules.engine.track_log import SEGMENT_MS
from vms.accounts.models import User
from vms.errors import NotFoundError

CLIP_OVERDUE = timedelta(minutes=15)
"""After its event's end. A worker that is cut off keeps clips for longer, so one may still come."""
MEANWHILE = timedelta(minutes=2)
MEANWHILE_AT_MOST = 4
"""So many before, and as many after."""

CLASSES = """
    WITH RECURSIVE visible AS MATERIALIZED ({cameras}), known AS (
        SELECT min(class_name) AS class_name FROM events_event
        UNION ALL
        SELECT (SELECT min(event.class_name) FROM events_event AS event WHERE event.class_name > known.class_name)
        FROM known WHERE class_name IS NOT NULL
    )
    SELECT class_name FROM known WHERE EXISTS (
        -- OFFSET keeps PostgreSQL from joining all events: it asks camera by camera, and mostly the first has one.
        SELECT FROM visible WHERE EXISTS (
            SELECT FROM events_event AS event
            WHERE event.class_name = known.class_name AND event.camera_id = visible.id OFFSET 0
        ) OFFSET 0
    ) ORDER BY class_name
"""


def events_visible_to(
    user: User | AnonymousUser, permission: CameraPermission = CameraPermission.VIEW
) -> QuerySet[Event]:
    events = Event.objects.filter(on_cameras_visible_to(user, permission))
    events = events.select_related("camera__site", "rule", "clip")
    # Few are reviewed, by few people: with one more join PostgreSQL plans ten times as long.
    return events.prefetch_related("reviewed_by")


def classes_seen_by(user: User | AnonymousUser) -> list[str]:
    """The classes of the user's events, in order: found by jumping from one to the next in ``event_classes``, since
    PostgreSQL would read every event to find them.
    """
    try:
        cameras, parameters = cameras_visible_to(user).order_by().values("id").query.sql_with_params()
    except EmptyResultSet:  # nobody's cameras: an anonymous or inactive user
        return []
    with connection.cursor() as cursor:
        cursor.execute(CLASSES.format(cameras=cameras), parameters)
        return [name for (name,) in cursor.fetchall()]


def event_get(
    user: User | AnonymousUser, event_id: uuid.UUID, permission: CameraPermission = CameraPermission.VIEW
) -> Event:
    """One event.

    Raises:
        NotFoundError: there is none, or its camera is not the user's.
    """
    event = events_visible_to(user, permission).filter(id=event_id).first()
    if event is None:
        raise NotFoundError(_("There is no such event."))
    return event


def events_meanwhile(user: User | AnonymousUser, event: Event) -> list[tuple[Event, int]]:
    """What happened on other cameras just before and after, earliest first, with the seconds between."""
    others = events_visible_to(user).exclude(camera=event.camera_id)
    at = event.started_at
    before = others.filter(started_at__range=(at - MEANWHILE, at)).order_by("-started_at", "-id")[:MEANWHILE_AT_MOST]
    after = others.filter(started_at__gt=at, started_at__lte=at + MEANWHILE).order_by("started_at", "id")
    found = [*reversed(before), *after[:MEANWHILE_AT_MOST]]
    return [(other, round((other.started_at - at).total_seconds())) for other in found]


def clip_is_overdue(event: Event) -> bool:
    """Whether its clip should have been here for long: nobody need wait for it in front of the page."""
    if event.ended_at is None or (getattr(event, "clip", None) and event.clip.video_name):
        return False
    return max(event.ended_at, event.received_at) < timezone.now() - CLIP_OVERDUE


def track_logs_visible_to(
    user: User | AnonymousUser, permission: CameraPermission = CameraPermission.VIEW
) -> QuerySet[TrackLog]:
    return TrackLog.objects.filter(on_cameras_visible_to(user, permission)).select_related("camera__site")


def track_logs_between(
    user: User | AnonymousUser, cameras: Collection[Camera], start: datetime, end: datetime
) -> QuerySet[TrackLog]:
    """What was tracked by those of ``cameras`` that the user may see, from ``start`` until ``end``, earliest first."""
    rows = track_logs_visible_to(user).filter(camera__in=cameras, starts_at__lt=end, ends_at__gte=start)
    # No segment is longer, so that the index says where to begin.
    return rows.filter(starts_at__gte=start - timedelta(milliseconds=SEGMENT_MS)).order_by("starts_at", "id")


def track_log_get(user: User | AnonymousUser, track_log_id: int) -> TrackLog:
    """One segment of a track log.

    Raises:
        NotFoundError: there is none, or its camera is not the user's.
    """
    row = track_logs_visible_to(user).filter(id=track_log_id).first()
    if row is None:
        raise NotFoundError(_("There is no such track log."))
    return row
