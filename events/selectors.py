"""Reading events, always from the cameras that the user may see."""

from __future__ import annotations

import uuid

from django.contrib.auth.models import AnonymousUser
from django.db.models import QuerySet

from cameras.selectors import CameraPermission, cameras_visible_to
from events.models import Event
from vms.accounts.models import User
from vms.errors import NotFoundError


def events_visible_to(
    user: User | AnonymousUser, permission: CameraPermission = CameraPermission.VIEW
) -> QuerySet[Event]:
    cameras = cameras_visible_to(user, permission)
    return Event.objects.filter(camera__in=cameras).select_related("camera__site", "rule", "clip", "reviewed_by")


def event_get(
    user: User | AnonymousUser, event_id: uuid.UUID, permission: CameraPermission = CameraPermission.VIEW
) -> Event:
    """One event.

    Raises:
        NotFoundError: there is none, or its camera is not the user's.
    """
    event = events_visible_to(user, permission).filter(id=event_id).first()
    if event is None:
        raise NotFoundError("There is no such event.")
    return event
