"""The page that says why no rule came true on a camera at a moment."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from cameras.selectors import camera_get
from rules.why_not import camera_why_not
from vms.accounts.views import signed_in
from vms.errors import DomainError, NotFoundError
from vms.moments import moment_read

LARGEST = 2**31 - 1


@login_required
@require_safe
def why_not(request: HttpRequest, camera_id: int) -> HttpResponse:
    """``at`` is a moment with an offset, or as a clock at the site shows it."""
    user = signed_in(request)
    if camera_id > LARGEST:
        raise NotFoundError(_("There is no such camera."))
    camera = camera_get(user, camera_id)
    zone = ZoneInfo(camera.site.time_zone)
    text = request.GET.get("at", "")
    at = _moment(text, zone)
    context: dict[str, object] = {"camera": camera, "answer": None, "problem": "", "asked": bool(text)}
    if text and at is None:
        context["problem"] = _("That is no moment. Choose a day and a time.")
    elif at is not None and text:
        try:
            context["answer"] = camera_why_not(user=user, camera=camera, at=at)
        except DomainError as error:
            context["problem"] = error.message
    shown = (at or timezone.now()).astimezone(zone)
    context["value"] = f"{shown:%Y-%m-%dT%H:%M:%S}"
    return render(request, "rules/why_not.html", context)


def _moment(text: str, zone: ZoneInfo) -> datetime | None:
    # A plus sign in an address is a space.
    moment = moment_read(text.replace(" ", "+"), zone)
    return moment and moment.astimezone(zone)
