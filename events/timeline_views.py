"""The timeline of events: a day or an hour of each camera, as the address says."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from cameras.models import Camera
from cameras.selectors import cameras_visible_to
from events.forms import TimelineFilterForm
from events.selectors import events_visible_to
from events.timeline import HEIGHT, WIDTH, Period, day_period, hour_period, period_ticks, timeline_rows
from vms.accounts.models import User
from vms.accounts.views import signed_in
from vms.errors import NotFoundError
from vms.moments import moment_read

CAMERAS_AT_ONCE = 20


@login_required
@require_safe
def timeline(request: HttpRequest) -> HttpResponse:
    user = signed_in(request)
    form = TimelineFilterForm(request.GET, user=user)
    is_valid = form.is_valid()
    now = timezone.now()
    period = _period(request, form.zone() if is_valid else ZoneInfo(user.time_zone or "UTC"), now)
    page = Paginator(_cameras(user, form), CAMERAS_AT_ONCE).get_page(request.GET.get("page", "1"))
    rows = timeline_rows(period, list(page.object_list), form.apply(events_visible_to(user)), now)
    chosen = {name: request.GET[name] for name in form.fields if request.GET.get(name)}
    ticks = period_ticks(period)
    now_x = period.x(now) if period.start <= now < period.end else None
    context = {
        "form": form,
        "period": period,
        "ticks": ticks,
        "tick_lines": " ".join(f"M{tick.x:.1f} 0V{HEIGHT:.0f}" for tick in ticks),
        "page": page,
        "rows": rows,
        "total": sum(row.total for row in rows),
        "now_x": now_x,
        "future": WIDTH - now_x if now_x is not None else None,
        "width": WIDTH,
        "today": now.astimezone(period.zone).date(),
        "chosen": chosen,
        "query": urlencode(chosen),
        **_ways(period),
    }
    return render(request, "events/timeline.html", context)


def _cameras(user: User, form: TimelineFilterForm) -> Any:  # noqa: ANN401  a query set of cameras
    cameras = cameras_visible_to(user).order_by("site__name", "name", "id")
    if not form.is_valid():
        return Camera.objects.none()
    chosen = {"site": form.cleaned_data["site"], "id": getattr(form.cleaned_data["camera"], "id", None)}
    return cameras.filter(**{name: value for name, value in chosen.items() if value})


def _period(request: HttpRequest, zone: ZoneInfo, now: datetime) -> Period:
    """Raises NotFoundError where the address names no day or hour that can be shown."""
    hour, day = request.GET.get("hour"), request.GET.get("day")
    at = moment_read(hour, UTC) if hour else moment_read(day, zone) if day else now
    if at is None:
        raise NotFoundError(_("There is no such day or hour."))
    return hour_period(at, zone) if hour else day_period(at.astimezone(zone).date(), zone)


def _ways(period: Period) -> dict[str, str]:
    """Where “earlier” and “later” lead."""
    if not period.is_day:
        step = timedelta(hours=1)
        return {
            name: f"hour={at:%Y-%m-%dT%H:%MZ}"
            for name, at in (("earlier", period.start - step), ("later", period.start + step))
        }
    days = (("earlier", period.day - timedelta(days=1)), ("later", period.day + timedelta(days=1)))
    return {name: f"day={day.isoformat()}" for name, day in days}
