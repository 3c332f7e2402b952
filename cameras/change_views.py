"""Pages on which an admin changes one camera, or adds one for uploads only."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from cameras.addresses import address_host
from cameras.change_form import ChangeForm
from cameras.choices import SourceKind
from cameras.models import Camera
from cameras.selectors import camera_get
from cameras.services.cameras import CameraChange, camera_create, camera_delete
from cameras.services.changing import camera_change
from cameras.setup_forms import UploadCameraForm
from vms.accounts.models import User
from vms.accounts.services import admin_require
from vms.accounts.views import signed_in
from vms.errors import InvalidError


@sensitive_post_parameters("url", "password", "clip_url", "clip_password")
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def change(request: HttpRequest, camera_id: int) -> HttpResponse:
    user = signed_in(request)
    camera = camera_get(user, camera_id)
    admin_require(user)
    context: dict[str, Any] = {
        "camera": camera, "name": camera.name, "host": address_host(camera.url),
        "clip_host": address_host(camera.clip_url),
    }  # fmt: skip
    if request.method != "POST":
        form = ChangeForm(user=user, camera=camera)
        return render(request, "cameras/change.html", context | {"form": form})
    form = ChangeForm(request.POST, user=user, camera=camera)
    if form.is_valid() and _changed(user, camera, form):
        messages.success(request, _("Camera %(name)s is changed.") % {"name": form.cleaned_data["name"]})
        return redirect("camera_detail", camera.id)
    return render(request, "cameras/change.html", context | {"form": form}, status=422)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def upload_camera(request: HttpRequest) -> HttpResponse:
    user = signed_in(request)
    admin_require(user)
    form = UploadCameraForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            made = camera_create(user=user, change=CameraChange(source_kind=SourceKind.UPLOAD, **form.cleaned_data))
        except InvalidError as error:
            _refused(form, error)
        else:
            messages.success(request, _("Camera %(name)s is added.") % {"name": made.name})
            return redirect("camera_detail", made.id)
    return render(request, "cameras/upload_camera.html", {"form": form}, status=422 if form.errors else 200)


@login_required
@require_POST
def delete(request: HttpRequest, camera_id: int) -> HttpResponse:
    user = signed_in(request)
    camera = camera_get(user, camera_id)
    camera_delete(user=user, camera=camera)
    messages.success(request, _("Camera %(name)s is deleted.") % {"name": camera.name})
    return redirect("camera_list")


def _changed(user: User, camera: Camera, form: ChangeForm) -> bool:
    try:
        camera_change(user=user, camera=camera, change=form.change(camera), belonging=form.belonging())
    except InvalidError as error:
        _refused(form, error)
        return False
    return True


def _refused(form: forms.Form, error: InvalidError) -> None:
    for name, sentences in (error.fields or {"": [error.message]}).items():
        form.add_error(name if name in form.fields else None, sentences)
