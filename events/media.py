"""The clip, the picture and the boxes of an event, for those who may see its camera."""

from __future__ import annotations

import uuid

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _
from django.views.decorators.http import require_safe

from events.models import Clip
from events.selectors import event_get
from vms.errors import NotFoundError
from vms.storage.media import media_path
from vms.storage.serving import file_response

NOT_THERE = {
    "video_name": _("This event has no clip yet. It is stored when the event has ended."),
    "snapshot_name": _("This event has no picture yet."),
    "boxes_name": _("This event has no boxes."),
}


@login_required
@require_safe
def clip(request: HttpRequest, event_id: uuid.UUID) -> HttpResponseBase:
    return _serve(request, event_id, "video_name", "video/mp4")


@login_required
@require_safe
def snapshot(request: HttpRequest, event_id: uuid.UUID) -> HttpResponseBase:
    return _serve(request, event_id, "snapshot_name", "image/jpeg")


@login_required
@require_safe
def boxes(request: HttpRequest, event_id: uuid.UUID) -> HttpResponseBase:
    return _serve(request, event_id, "boxes_name", "application/json")


def _serve(request: HttpRequest, event_id: uuid.UUID, field: str, content_type: str) -> HttpResponseBase:
    stored: Clip | None = getattr(event_get(request.user, event_id), "clip", None)
    name = getattr(stored, field) if stored else ""
    if not name:
        raise NotFoundError(gettext(NOT_THERE[field]))
    return file_response(request, media_path(name), content_type)
