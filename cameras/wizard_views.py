"""The four steps in which an admin adds a camera. Each is kept when it is left, and can be gone back to."""

from __future__ import annotations

import uuid
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from cameras.addresses import address_bare, address_host, address_with_login
from cameras.models import CameraDraft
from cameras.selectors import draft_get, drafts_visible_to
from cameras.services.drafts import (
    draft_discard,
    draft_finish,
    draft_keep,
    draft_look,
    draft_readdress,
    draft_start,
)
from cameras.services.networks import networks_allowed
from cameras.wizard_forms import AddressForm, RulesForm, StreamsForm
from rules.engine.schema import RuleSpec
from rules.models import Rule
from rules.zone_needs import zone_needs
from vms.accounts.models import User
from vms.accounts.services import admin_require
from vms.accounts.views import signed_in
from vms.errors import DomainError
from workers.runtime.contract import ProbeAnswer

STEPS = (
    ("camera_new_address", _("Address and login")),
    ("camera_new_look", _("A look at it")),
    ("camera_new_streams", _("Name, streams and rate")),
    ("camera_new_rules", _("Rules and areas")),
)
SAVED = _("The draft is kept. It waits on the page of the cameras.")
MOST_DRAFTS = 20


@sensitive_post_parameters("url", "password")
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def start(request: HttpRequest) -> HttpResponse:
    """Step 1 of a camera that is not kept yet."""
    user = signed_in(request)
    admin_require(user)
    if request.method == "POST":
        return _address_post(request, user, None)
    return _step(request, 1, None, AddressForm(), {"drafts": drafts_visible_to(user)[:MOST_DRAFTS]})


@sensitive_post_parameters("url", "password")
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def address(request: HttpRequest, draft_id: uuid.UUID) -> HttpResponse:
    user = signed_in(request)
    draft = draft_get(user, draft_id)
    if request.method == "POST":
        return _address_post(request, user, draft)
    return _step(request, 1, draft, AddressForm(initial={"url": address_bare(draft.url)}))


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def look(request: HttpRequest, draft_id: uuid.UUID) -> HttpResponse:
    user = signed_in(request)
    draft = draft_get(user, draft_id)
    refusal, status = "", 200
    if request.method == "POST":
        if request.POST.get("do") == "save":
            return _leave(request)
        refusal, status = _looked(user, draft)
    return _step(request, 2, draft, None, {"answer": _answer(draft), "refusal": refusal}, status)


@sensitive_post_parameters("clip_url", "clip_password")
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def streams(request: HttpRequest, draft_id: uuid.UUID) -> HttpResponse:
    user = signed_in(request)
    draft = draft_get(user, draft_id)
    context: dict[str, Any] = {"answer": _answer(draft), "clip_host": address_host(draft.clip_url)}
    if request.method != "POST":
        return _step(request, 3, draft, StreamsForm(values=draft.filled_in), context)
    form = StreamsForm(request.POST, values=draft.filled_in)
    if form.is_valid():
        try:
            _keep_streams(user, draft, form.cleaned_data, forget=request.POST.get("one_stream") == "yes")
        except DomainError as error:
            context["refusal"] = error.message
        else:
            return _leave(request) if request.POST.get("do") == "save" else redirect("camera_new_rules", draft.id)
    return _step(request, 3, draft, form, context, 422)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def rules(request: HttpRequest, draft_id: uuid.UUID) -> HttpResponse:
    user = signed_in(request)
    draft = draft_get(user, draft_id)
    form = RulesForm(request.POST if request.method == "POST" else None, user=user, values=draft.filled_in)
    context: dict[str, Any] = {"needs": _needs_words(form), "answer": _answer(draft)}
    if request.method != "POST":
        return _step(request, 4, draft, form, context)
    if form.is_valid():
        try:
            return _rules_post(request, user, draft, form.cleaned_data)
        except DomainError as error:
            context["refusal"] = error.message
    return _step(request, 4, draft, form, context, 422)


@login_required
@require_POST
def discard(request: HttpRequest, draft_id: uuid.UUID) -> HttpResponse:
    user = signed_in(request)
    draft_discard(user=user, draft=draft_get(user, draft_id))
    messages.success(request, gettext("The draft is discarded, and its login with it."))
    return redirect("camera_list")


@login_required
@require_safe
def resume(request: HttpRequest, draft_id: uuid.UUID) -> HttpResponse:
    """To the first step that still waits for something."""
    draft = draft_get(signed_in(request), draft_id)
    values = draft.filled_in
    step = "camera_new_look" if draft.answer is None else "camera_new_rules" if values.name else "camera_new_streams"
    return redirect(step, draft.id)


def _address_post(request: HttpRequest, user: User, draft: CameraDraft | None) -> HttpResponse:
    """The address is kept first: whatever becomes of the look, nothing has to be typed again."""
    form = AddressForm(request.POST)
    refusal = ""
    if form.is_valid():
        values = form.cleaned_data
        url = address_with_login(values["url"], values["user"], values["password"])
        try:
            draft = draft_readdress(user=user, draft=draft, url=url) if draft else draft_start(user=user, url=url)
        except DomainError as error:
            refusal = error.message
        else:
            if request.POST.get("do") == "save":
                return _leave(request)
            refusal, _ = _looked(user, draft)
            if refusal:
                messages.error(request, refusal)
            return redirect("camera_new_look", draft.id)
    fresh = AddressForm(initial={"url": address_bare(str(request.POST.get("url", "")))})
    refusal = refusal or " ".join(str(text) for texts in form.errors.values() for text in texts)
    return _step(request, 1, draft, fresh, {"refusal": refusal}, 422)


def _looked(user: User, draft: CameraDraft) -> tuple[str, int]:
    """What kept VMS from looking, and the status that says so."""
    try:
        draft_look(user=user, draft=draft)
    except DomainError as error:
        return error.message, error.http_status
    return "", 200


def _keep_streams(user: User, draft: CameraDraft, chosen: dict[str, Any], *, forget: bool) -> None:
    kept = {"name": chosen["name"], "site": chosen["site"].id}
    values = draft.filled_in.model_copy(
        update={**kept, "detect_fps": chosen["detect_fps"], "priority": chosen["priority"]}
    )
    written = address_with_login(chosen["clip_url"], chosen["clip_user"], chosen["clip_password"])
    clip_url = written if chosen["clip_url"] else "" if forget else None
    draft_keep(user=user, draft=draft, values=values, clip_url=clip_url)


def _rules_post(request: HttpRequest, user: User, draft: CameraDraft, chosen: dict[str, Any]) -> HttpResponse:
    source = chosen["zones_from"]
    update = {"rules": tuple(rule.id for rule in chosen["rules"]), "zones_from": source.id if source else None}
    draft_keep(user=user, draft=draft, values=draft.filled_in.model_copy(update=update))
    if request.POST.get("do") == "save":
        return _leave(request)
    camera = draft_finish(user=user, draft=draft)
    messages.success(
        request,
        gettext("Camera %(name)s is added. A worker begins to watch it within seconds.") % {"name": camera.name},
    )
    there = set(camera.zones.values_list("name", flat=True))
    is_complete = all(need.zone in there for need in zone_needs(camera))
    return redirect("camera_detail" if is_complete else "zone_editor", camera.id)


def _needs_words(form: RulesForm) -> dict[int, str]:
    """For each rule, the areas and lines that it looks for."""
    field = form.fields["rules"]
    assert isinstance(field, forms.ModelChoiceField)  # noqa: S101  declared so
    words = {}
    for rule in field.queryset or ():
        assert isinstance(rule, Rule)  # noqa: S101  the field's own
        spec = getattr(rule, "version_spec", None)
        kinds = RuleSpec.model_validate(spec).zone_kinds() if spec else {}
        named = [_place_words(name, kind) for name, kind in sorted(kinds.items())]
        words[rule.id] = gettext("needs %(places)s") % {"places": ", ".join(named)} if named else ""
    return words


def _place_words(name: str, kind: str) -> str:
    return (gettext("line “%(name)s”") if kind == "line" else gettext("area “%(name)s”")) % {"name": name}


def _answer(draft: CameraDraft) -> ProbeAnswer | None:
    return ProbeAnswer.model_validate(draft.answer) if draft.answer else None


def _leave(request: HttpRequest) -> HttpResponse:
    messages.success(request, SAVED)
    return redirect("camera_list")


def _step(
    request: HttpRequest,
    number: int,
    draft: CameraDraft | None,
    form: forms.Form | None,
    more: dict[str, Any] | None = None,
    status: int = 200,
) -> HttpResponse:
    steps = [
        {"number": index, "label": label, "url": reverse(name, args=[draft.id]) if draft else ""}
        for index, (name, label) in enumerate(STEPS, start=1)
    ]
    context = {
        "steps": steps,
        "step": number,
        "label": STEPS[number - 1][1],
        "draft": draft,
        "host": address_host(draft.url) if draft else "",
        "form": form,
        "networks": networks_allowed() if number == 1 else [],
        **(more or {}),
    }
    return render(request, "cameras/wizard.html", context, status=status)
