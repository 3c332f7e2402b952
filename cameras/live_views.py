"""The parts of a camera's page that change by themselves: how it does, and its live picture."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from cameras.coverage import coverage_of_spans, coverage_spans
from cameras.listing import camera_standing
from cameras.live_pictures import boxes_response, live_picture, picture_response
from cameras.models import Camera
from cameras.selectors import camera_get, cameras_visible_to
from cameras.services.health_memory import frames_counted
from cameras.strip import WIDTH, strip_parts, strip_period, strip_ticks
from vms.accounts.models import User
from vms.accounts.views import signed_in
from vms.templatetags.vms_pages import zone_for

MOST_GAPS = 12


@login_required
@require_safe
def camera_state(request: HttpRequest, camera_id: int) -> HttpResponse:
    """How the camera does and what it saw of the last day: a part of its page."""
    user = signed_in(request)
    camera_get(user, camera_id)
    camera = cameras_visible_to(user).select_related("health", "stream__node").get(id=camera_id)
    return render(request, "cameras/state.html", {"camera": camera, **state_context(user, camera)})


def state_context(user: User, camera: Camera) -> dict[str, Any]:
    start, end = strip_period(timezone.now())
    spans, zone = coverage_spans(camera, start, end), zone_for(user, camera.site)
    gaps = [span for span in reversed(spans) if span.state != "analysed" and not span.is_off]
    stream, health = getattr(camera, "stream", None), getattr(camera, "health", None)
    return {
        "standing": camera_standing(camera),
        "health": health,
        "frames": frames_counted(health.memory) if health is not None else None,
        "node": stream.watched_by if stream is not None else None,
        "coverage": coverage_of_spans(spans) if spans else None,
        "strip": {"width": WIDTH, "parts": strip_parts(spans, start, zone), "ticks": strip_ticks(start, zone)},
        "gaps": gaps[:MOST_GAPS],
        "gaps_more": max(0, len(gaps) - MOST_GAPS),
    }


@login_required
@require_safe
def camera_live(request: HttpRequest, camera_id: int) -> HttpResponse:
    """The newest picture, with ``boxes=1`` as JSON; 204 where there is none younger than ten seconds."""
    picture = live_picture(camera_get(signed_in(request), camera_id))
    if picture is None:
        return HttpResponse(status=204, headers={"Cache-Control": "no-store"})
    return boxes_response(picture) if request.GET.get("boxes") == "1" else picture_response(request, picture)
