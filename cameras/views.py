"""The cameras a user sees, one camera, and the upload of a recording."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from cameras.choices import SourceKind
from cameras.forms import UploadForm
from cameras.listing import DAY, CameraListForm, camera_page, state_counts
from cameras.live_views import state_context
from cameras.selectors import CameraPermission, camera_get, cameras_visible_to, drafts_visible_to, recordings_visible_to
from cameras.services.intake import recording_receive
from cameras.uploads import upload_take
from events.selectors import events_visible_to
from vms.accounts.models import User
from vms.accounts.views import signed_in
from vms.errors import DomainError, InvalidError
from vms.templatetags.vms_pages import zone_for
from workers.models import Job

LATEST = 8


@login_required
@require_safe
def camera_list(request: HttpRequest) -> HttpResponse:
    """The whole page, or its rows alone where they are drawn again."""
    user = signed_in(request)
    form = CameraListForm(request.GET, user=user)
    page, rows = camera_page(form.apply(cameras_visible_to(user)), request.GET.get("page", "1"))
    context = {
        "form": form,
        "page": page,
        "rows": rows,
        "counts": state_counts(user),
        "drafts": drafts_visible_to(user),
    }
    fragment = request.headers.get("HX-Request") == "true" and not request.headers.get("HX-History-Restore-Request")
    return render(request, "cameras/rows.html" if fragment else "cameras/list.html", context)


@login_required
@require_safe
def camera_detail(request: HttpRequest, camera_id: int) -> HttpResponse:
    user = signed_in(request)
    camera_get(user, camera_id)
    camera = cameras_visible_to(user).select_related("health", "stream__node").get(id=camera_id)
    zones = list(camera.zones.all())
    events = events_visible_to(user).filter(camera=camera)
    context = {
        "camera": camera,
        "is_live": camera.source_kind != SourceKind.UPLOAD,
        "latest_event": events.exclude(clip__snapshot_name="").exclude(clip=None).values_list("id", flat=True).first(),
        "events_today": events.filter(started_at__gte=timezone.now() - DAY).count(),
        "zones": zones,
        "shapes": [{"name": zone.name, "kind": zone.kind, "points": zone.points} for zone in zones],
        "rules": camera.rules.all(),
        "events": events[:LATEST],
        "recordings": recordings_visible_to(user).filter(camera=camera).select_related("job")[:LATEST],
        "may_upload": cameras_visible_to(user, CameraPermission.UPLOAD).filter(id=camera.id).exists(),
        "may_configure": cameras_visible_to(user, CameraPermission.CHANGE).filter(id=camera.id).exists(),
        "zone": zone_for(user, camera.site).key,
        **state_context(user, camera),
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
