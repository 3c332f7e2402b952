"""Pages of endpoints: admins set them up, supervisors look and send tests."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from alerts.breaker import OPENS_AFTER
from alerts.channels import ENDPOINT_CHANNELS
from alerts.chat_services import CHAT_SERVICES
from alerts.choices import EndpointKind
from alerts.endpoints import (
    endpoint_create,
    endpoint_delete,
    endpoint_get,
    endpoint_key_forget,
    endpoint_key_turn,
    endpoint_update,
    signing_keys,
)
from alerts.models import Endpoint, EndpointHealth
from alerts.selectors import alerts_visible_to
from alerts.trials import endpoint_test
from vms.accounts.models import User
from vms.accounts.services import admin_require
from vms.accounts.views import signed_in
from vms.errors import DomainError, InvalidError, NotFoundError

LAST_DELIVERIES = 20


@login_required
@require_safe
def endpoint_list(request: HttpRequest) -> HttpResponse:
    _supervisor(request)
    endpoints = Endpoint.objects.select_related("health")
    return render(request, "alerts/endpoints/list.html", {"endpoints": endpoints, "kinds": _kinds()})


@sensitive_post_parameters("url", "password")
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def endpoint_new(request: HttpRequest, kind: str) -> HttpResponse:
    user = _supervisor(request)
    admin_require(user)
    if kind not in EndpointKind.values:
        raise NotFoundError(_("There is no such kind of endpoint."))
    form = ENDPOINT_CHANNELS[EndpointKind(kind)].form(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            endpoint = endpoint_create(user=user, kind=EndpointKind(kind), form=form)
        except InvalidError as error:
            _errors_put(form, error)
        else:
            messages.success(
                request,
                _("Endpoint %(name)s is set up. Send a test to see whether it works.") % {"name": endpoint.name},
            )
            return redirect("endpoint_detail", endpoint.id)
    context = {"form": form, "kind": EndpointKind(kind), "about": ENDPOINT_CHANNELS[EndpointKind(kind)].about}
    return render(request, "alerts/endpoints/new.html", context | _services(kind), status=422 if form.errors else 200)


@sensitive_post_parameters("url", "password")
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def endpoint_detail(request: HttpRequest, endpoint_id: int) -> HttpResponse:
    user = _supervisor(request)
    endpoint = endpoint_get(user, endpoint_id)
    form = ENDPOINT_CHANNELS[EndpointKind(endpoint.kind)].form(request.POST or None, endpoint=endpoint)
    if request.method == "POST":
        admin_require(user)
        if form.is_valid():
            try:
                endpoint_update(user=user, endpoint=endpoint, form=form)
            except InvalidError as error:
                _errors_put(form, error)
            else:
                messages.success(request, _("The endpoint is saved."))
                return redirect("endpoint_detail", endpoint.id)
    return _page(request, endpoint, {"form": form}, 422 if form.errors else 200)


@login_required
@require_POST
def endpoint_trial(request: HttpRequest, endpoint_id: int) -> HttpResponse:
    user = _supervisor(request)
    endpoint = endpoint_get(user, endpoint_id)
    try:
        trial = endpoint_test(user=user, endpoint=endpoint)
    except DomainError as error:
        return _page(request, endpoint, {"refusal": error.message}, error.http_status)
    return _page(request, endpoint_get(user, endpoint_id), {"trial": trial})


@login_required
@require_POST
def endpoint_key_new(request: HttpRequest, endpoint_id: int) -> HttpResponse:
    """The answer itself shows the key: nothing that is stored could show it again."""
    user = _supervisor(request)
    endpoint = endpoint_get(user, endpoint_id)
    key = endpoint_key_turn(user=user, endpoint=endpoint)
    return _page(request, endpoint_get(user, endpoint_id), {"key": key})


@login_required
@require_POST
def endpoint_key_old(request: HttpRequest, endpoint_id: int) -> HttpResponse:
    user = _supervisor(request)
    endpoint_key_forget(user=user, endpoint=endpoint_get(user, endpoint_id))
    messages.success(request, _("Only the newest key signs from now on."))
    return redirect("endpoint_detail", endpoint_id)


@login_required
@require_POST
def endpoint_remove(request: HttpRequest, endpoint_id: int) -> HttpResponse:
    user = _supervisor(request)
    endpoint = endpoint_get(user, endpoint_id)
    endpoint_delete(user=user, endpoint=endpoint)
    messages.success(request, _("Endpoint %(name)s is deleted.") % {"name": endpoint.name})
    return redirect("endpoint_list")


def _page(request: HttpRequest, endpoint: Endpoint, more: dict[str, Any], status: int = 200) -> HttpResponse:
    channel = ENDPOINT_CHANNELS[EndpointKind(endpoint.kind)]
    # A supervisor may look at every endpoint, but not at every camera of which it was told.
    told = endpoint.deliveries.filter(alert__in=alerts_visible_to(signed_in(request)).order_by().values("id"))
    context = {
        "endpoint": endpoint,
        "health": getattr(endpoint, "health", None) or EndpointHealth(endpoint=endpoint),
        "opens_after": OPENS_AFTER,
        "form": channel.form(endpoint=endpoint),
        "about": channel.about,
        "keys": signing_keys(endpoint),
        "deliveries": told.select_related("alert__event", "alert__system_event", "alert__camera__site")[
            :LAST_DELIVERIES
        ],
    }
    return render(request, "alerts/endpoints/detail.html", context | _services(endpoint.kind) | more, status=status)


def _supervisor(request: HttpRequest) -> User:
    user = signed_in(request)
    if not user.is_supervisor:
        raise NotFoundError(_("There is no such page."))
    return user


def _kinds() -> list[tuple[EndpointKind, str | Promise]]:
    return [(kind, channel.about) for kind, channel in ENDPOINT_CHANNELS.items()]


def _services(kind: str) -> dict[str, Any]:
    if kind != EndpointKind.APPRISE:
        return {}
    return {"services": [(name, example) for name, (_, example) in CHAT_SERVICES.items()]}


def _errors_put(form: Any, error: InvalidError) -> None:  # noqa: ANN401  any of the kinds' forms
    for name, sentences in error.fields.items():
        form.add_error(name if name in form.fields else None, sentences)
