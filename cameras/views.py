"""The cameras a user sees, one camera, and the upload of a recording."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.contrib.auth.decorators import login_required
from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from cameras.forms import UploadForm
from cameras.models import Camera
from cameras.selectors import CameraPermission, camera_get, cameras_visible_to, recordings_visible_to
from cameras.services.intake import recording_receive
from cameras.uploads import upload_take
from events.models import Event
from events.selectors import events_visible_to
from vms.accounts.models import User
from vms.accounts.views import signed_in
from vms.errors import DomainError, InvalidError
from workers.models import Job

LATEST = 8


def day_ago() -> datetime:
    return timezone.now() - timedelta(days=1)


def with_latest(cameras: QuerySet[Camera]) -> QuerySet[Camera]:
    """Each camera with its latest pictured event and the day's number of events."""
    pictured = Event.objects.filter(camera=OuterRef("pk")).exclude(clip__snapshot_name="").exclude(clip=None)
    # Counted through the index camera by camera: a join would read every event there is.
    today = Event.objects.filter(camera=OuterRef("pk"), started_at__gte=day_ago()).order_by()
    todays = today.values("camera").annotate(number=Count("id")).values("number")
    return cameras.annotate(
        latest_event=Subquery(pictured.order_by("-started_at").values("id")[:1]),
        events_today=Coalesce(Subquery(todays), 0),
    )


@login_required
@require_safe
def camera_list(request: HttpRequest) -> HttpResponse:
    user = signed_in(request)
    return render(request, "cameras/list.html", {"cameras": with_latest(cameras_visible_to(user))})


@login_required
@require_safe
def camera_detail(request: HttpRequest, camera_id: int) -> HttpResponse:
    user = signed_in(request)
    camera = camera_get(user, camera_id)
    zones = list(camera.zones.all())
    events = events_visible_to(user).filter(camera=camera)
    context = {
        "camera": camera,
        "latest_event": events.exclude(clip__snapshot_name="").exclude(clip=None).values_list("id", flat=True).first(),
        "events_today": events.filter(started_at__gte=day_ago()).count(),
        "zones": zones,
        "shapes": [{"name": zone.name, "kind": zone.kind, "points": zone.points} for zone in zones],
        "rules": camera.rules.all(),
        "events": events[:LATEST],
        "recordings": recordings_visible_to(user).filter(camera=camera).select_related("job")[:LATEST],
        "may_upload": cameras_visible_to(user, CameraPermission.UPLOAD).filter(id=camera.id).exists(),
    }
    return render(request, "cameras/detail.html", context)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def upload(request: HttpRequest) -> HttpResponse:
    """The form, and what a browser without scripts sends; the page's script sends the file to the API."""
    user = signed_in(request)
    if request.method == "POST":
        return _upload_take(request, user)
    chosen = request.GET.get("camera", "")
    return _upload_page(request, UploadForm(user=user, initial={"camera": chosen} if chosen.isdigit() else None))


def _upload_take(request: HttpRequest, user: User) -> HttpResponse:
    form = UploadForm(request.POST, user=user)
    try:
        job = _receive(request, user, form)
    except DomainError as error:
        return _upload_page(request, form, error)
    return redirect("job_detail", job.id)


def _receive(request: HttpRequest, user: User, form: UploadForm) -> Job:
    upload = upload_take(request, "file")
    if not form.is_valid():
        raise InvalidError(" ".join(str(text) for texts in form.errors.values() for text in texts))
    return recording_receive(
        user=user,
        camera=form.cleaned_data["camera"],
        upload=upload,
        original_name=upload.name or "",
        started_at=form.cleaned_data["recorded_at"],
    )


def _upload_page(request: HttpRequest, form: UploadForm, error: DomainError | None = None) -> HttpResponse:
    context = {"form": form, "error": error, "may_upload": form.fields["camera"].queryset.exists()}  # type: ignore[attr-defined]
    return render(request, "cameras/upload.html", context, status=error.http_status if error else 200)
