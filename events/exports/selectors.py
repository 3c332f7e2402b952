"""Reading exports: everybody their own, admins all; and whether a file may still be handed out."""

from __future__ import annotations

import uuid
from collections.abc import Collection

from django.contrib.auth.models import AnonymousUser
from django.db.models import QuerySet, Sum
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from cameras.models import Camera
from cameras.selectors import cameras_visible_to
from events.models import Clip, Export
from events.selectors import events_visible_to
from vms.accounts.models import User
from vms.errors import ForbiddenError, NotFoundError

PICTURE_BYTES = 200_000
"""About what a snapshot, the boxes and a line of the table take."""


def exports_visible_to(user: User | AnonymousUser) -> QuerySet[Export]:
    if not isinstance(user, User) or not user.is_active:
        return Export.objects.none()
    exports = Export.objects.select_related("requested_by")
    return exports if user.is_admin else exports.filter(requested_by=user)


def export_get(user: User | AnonymousUser, export_id: uuid.UUID) -> Export:
    """One export.

    Raises:
        NotFoundError: there is none, or it is another user's.
    """
    export = exports_visible_to(user).filter(id=export_id).first()
    if export is None:
        raise NotFoundError(_("There is no such export. Exports are kept for some days only."))
    return export


def export_content_require_visible(user: User | AnonymousUser, export: Export) -> None:
    """Raise ForbiddenError where the file shows a camera that ``user`` may not view now."""
    shown = Camera.objects.filter(id__in=export.content_camera_ids)
    if shown.exclude(id__in=cameras_visible_to(user).values("id")).exists():
        raise ForbiddenError(_("This export shows cameras that you may no longer view."))


def exports_due() -> QuerySet[Export]:
    """What should be built now: never tried, to be tried again, or left behind by a worker that died."""
    return Export.objects.filter(next_attempt_at__lte=Now()).order_by("next_attempt_at")


def export_size(user: User, event_ids: Collection[uuid.UUID]) -> int:
    """About how many bytes the file will have."""
    events = events_visible_to(user).filter(id__in=event_ids).order_by().values("id")
    clips = Clip.objects.filter(event__in=events).aggregate(total=Sum("video_bytes"))
    return (clips["total"] or 0) + PICTURE_BYTES * len(event_ids)
