"""The newest picture of a camera for whoever may see it: asked for, found, and served so that nobody keeps it."""

from __future__ import annotations

import base64
from datetime import UTC

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.utils.http import http_date
from django.utils.translation import gettext as _

from cameras.choices import HealthState
from cameras.models import Camera, CameraHealth
from cameras.services.conditions import reason_words
from cameras.services.pictures import LivePicture, picture_latest, picture_want
from vms.errors import DomainError


class NoPictureError(DomainError):
    code = "no_live_picture"
    http_status = 404


def live_picture(camera: Camera) -> LivePicture | None:
    """The camera's newest picture; asking is what makes its worker send them. The caller has checked permission."""
    if not camera.enabled:
        return None
    picture_want(camera.id)
    return picture_latest(camera.id)


def live_picture_require(camera: Camera) -> LivePicture:
    """The same for scripts.

    Raises:
        NoPictureError: there is none younger than ten seconds; the sentence says why.
    """
    picture = live_picture(camera)
    if picture is None:
        raise NoPictureError(why_no_picture(camera))
    return picture


def why_no_picture(camera: Camera) -> str:
    health = CameraHealth.objects.filter(camera=camera).first()
    if not camera.enabled:
        return _("The camera is switched off.")
    if health is None:
        return _("No worker watches this camera, so it has no live picture.")
    if health.state in {HealthState.OFFLINE, HealthState.UNKNOWN} and health.since:
        since = f"{health.since.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"
        return _("%(state)s since %(since)s: %(reason)s.") % {
            "state": health.get_state_display(),
            "since": since,
            "reason": reason_words(health.reason) or _("no reason is known"),
        }
    return _("No picture younger than 10 s has come yet. Ask again in a second.")


def picture_response(request: HttpRequest, picture: LivePicture) -> HttpResponse:
    """The JPEG with its time; 304 where the asker has it already."""
    tag = f'"{int(picture.taken_at.timestamp() * 1000)}"'
    if request.headers.get("If-None-Match") == tag:
        response = HttpResponse(status=304)
    else:
        response = HttpResponse(picture.jpeg, content_type="image/jpeg")
    response["ETag"] = tag
    response["Last-Modified"] = http_date(picture.taken_at.timestamp())
    response["X-Picture-Time"] = picture.taken_at.astimezone(UTC).isoformat(timespec="milliseconds")
    response["Cache-Control"] = "no-store"
    response["X-Content-Type-Options"] = "nosniff"
    return response


def boxes_response(picture: LivePicture) -> JsonResponse:
    """Picture and boxes in one answer, so that they belong together."""
    boxes = [box.model_dump() for box in picture.boxes]
    taken_at = picture.taken_at.astimezone(UTC).isoformat(timespec="milliseconds")
    age_ms = max(0, int((timezone.now() - picture.taken_at).total_seconds() * 1000))
    answer = {"taken_at": taken_at, "age_ms": age_ms, "boxes": boxes, "jpeg": base64.b64encode(picture.jpeg).decode()}
    return JsonResponse(answer, headers={"Cache-Control": "no-store"})
