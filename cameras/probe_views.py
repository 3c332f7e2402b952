"""Pages on which an admin looks at a camera before it is added, or looks again at one that is there."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from cameras.addresses import address_bare, address_host, address_with_login, source_kind_of
from cameras.models import Camera
from cameras.selectors import camera_get
from cameras.services.cameras import CameraChange, camera_create
from cameras.services.carrying import address_seal, address_unseal
from cameras.services.cloning import CloneParts, camera_clone
from cameras.services.networks import networks_allowed
from cameras.services.probing import CameraStream, address_probe, camera_probe
from cameras.setup_forms import AddForm, CloneForm, ProbeForm
from vms.accounts.models import User
from vms.accounts.services import admin_require
from vms.accounts.views import signed_in
from vms.errors import DomainError
from workers.runtime.contract import ProbeAnswer


@sensitive_post_parameters("url", "password")
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def probe(request: HttpRequest) -> HttpResponse:
    """The form and, without scripts, the page with the result; htmx asks for the result alone."""
    user = signed_in(request)
    admin_require(user)
    if request.method != "POST":
        return _page(request, {"form": ProbeForm()}, 200)
    form = ProbeForm(request.POST)
    result = _probed(user, form)
    # A fresh form: what was typed into the other one may hold a password.
    fresh = ProbeForm(initial={"url": address_bare(str(request.POST.get("url", "")))})
    return _page(request, {"form": fresh, **result}, 422 if "refusal" in result else 200)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def probe_stored(request: HttpRequest, camera_id: int) -> HttpResponse:
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


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def add(request: HttpRequest) -> HttpResponse:
    """Adds the camera that was looked at; its address comes sealed. Adding one begins with a look at it."""
    user = signed_in(request)
    admin_require(user)
    if request.method != "POST":
        return redirect("camera_probe")
    form = AddForm(request.POST)
    if not form.is_valid():
        return _page(request, {"form": ProbeForm(), "add_form": form}, 422)
    try:
        camera = _added(user, form.cleaned_data)
    except DomainError as error:
        context = {"form": ProbeForm(), "add_form": form, "refusal": error.message}
        return _page(request, context, error.http_status)
    messages.success(request, _("Camera %(name)s is added.") % {"name": camera.name})
    return redirect("camera_detail", camera.id)


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


def _probed(user: User, form: ProbeForm) -> dict[str, Any]:
    if not form.is_valid():
        return {"refusal": " ".join(str(text) for texts in form.errors.values() for text in texts)}
    values = form.cleaned_data
    url = address_with_login(values["url"], values["user"], values["password"])
    try:
        answer = address_probe(user=user, url=url, detect_fps=values["detect_fps"])
    except DomainError as error:
        return {"refusal": error.message}
    return {"answer": answer, "host": address_host(url), "add_form": _add_form(user, url, values, answer)}


def _add_form(user: User, url: str, values: dict[str, Any], answer: ProbeAnswer) -> AddForm | None:
    if not answer.ok:
        return None
    sealed = address_seal(user=user, url=url)
    return AddForm(
        initial={"sealed": sealed, "name": "", "detect_fps": values["detect_fps"], "host": address_host(url)}
    )


def _added(user: User, values: dict[str, Any]) -> Camera:
    url = address_unseal(user=user, sealed=values.pop("sealed"))
    del values["host"]
    return camera_create(user=user, change=CameraChange(url=url, source_kind=source_kind_of(url), **values))


def _streams(camera: Camera) -> list[tuple[str, str]]:
    """The streams that have an address: field and label."""
    stored = [(CameraStream.ANALYSED, camera.sealed_url, _("Analysed stream"))]
    stored += [(CameraStream.CLIPS, camera.sealed_clip_url, _("Stream for clips"))]
    return [(stream.value, label) for stream, sealed, label in stored if sealed]


def _page(request: HttpRequest, context: dict[str, Any], status: int) -> HttpResponse:
    if request.headers.get("HX-Request") == "true":
        # A refusal is a result too; htmx shows the body of a good answer only.
        return render(request, "cameras/probe_result.html", context)
    return render(request, "cameras/probe.html", {**context, "networks": networks_allowed()}, status=status)
