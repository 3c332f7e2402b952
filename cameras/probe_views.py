"""Pages on which an admin looks at a camera that is there, or makes another one like it."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from cameras.addresses import address_with_login
from cameras.models import Camera
from cameras.selectors import camera_get
from cameras.services.cloning import CloneParts, camera_clone
from cameras.services.probing import CameraStream, camera_probe
from cameras.setup_forms import CloneForm
from vms.accounts.models import User
from vms.accounts.services import admin_require
from vms.accounts.views import signed_in
from vms.errors import DomainError


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def probe(request: HttpRequest, camera_id: int) -> HttpResponse:
    user = signed_in(request)
    camera = camera_get(user, camera_id)
    admin_require(user)
    context: dict[str, Any] = {"camera": camera, "streams": _streams(camera)}
    if request.method == "POST":
        clips = request.POST.get("stream") == CameraStream.CLIPS
        stream = CameraStream.CLIPS if clips else CameraStream.ANALYSED
        try:
            context["answer"] = camera_probe(user=user, camera=camera, stream=stream)
        except DomainError as error:
            context["refusal"] = error.message
    return _page(request, context, 422 if "refusal" in context else 200)


@sensitive_post_parameters("url", "password")
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def clone(request: HttpRequest, camera_id: int) -> HttpResponse:
    user = signed_in(request)
    camera = camera_get(user, camera_id)
    admin_require(user)
    form = CloneForm(request.POST or None, initial={"site": camera.site_id})
    context: dict[str, Any] = {"camera": camera, "form": form}
    if request.method == "POST" and form.is_valid():
        try:
            made = _cloned(user, camera, form.cleaned_data)
        except DomainError as error:
            context["refusal"] = error.message
        else:
            messages.success(request, _("Camera %(name)s is added.") % {"name": made.name})
            return redirect("camera_detail", made.id)
    return render(request, "cameras/clone.html", context, status=422 if form.errors or "refusal" in context else 200)


def _cloned(user: User, camera: Camera, values: dict[str, Any]) -> Camera:
    url = address_with_login(values["url"], values["user"], values["password"]) if values["url"] else ""
    parts = CloneParts(values["zones"], values["rules"], values["permissions"])
    return camera_clone(user=user, camera=camera, name=values["name"], site=values["site"], url=url, parts=parts)


def _streams(camera: Camera) -> list[tuple[str, str]]:
    """The streams that have an address: field and label."""
    stored = [(CameraStream.ANALYSED, camera.sealed_url, _("Analysed stream"))]
    stored += [(CameraStream.CLIPS, camera.sealed_clip_url, _("Stream for clips"))]
    return [(stream.value, label) for stream, sealed, label in stored if sealed]


def _page(request: HttpRequest, context: dict[str, Any], status: int) -> HttpResponse:
    if request.headers.get("HX-Request") == "true":
        # A refusal is a result too; htmx shows the body of a good answer only.
        return render(request, "cameras/probe_result.html", context)
    return render(request, "cameras/probe.html", context, status=status)
