"""Sites, groups of cameras and the networks in which cameras may be: listed, and by admins made and changed."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from cameras.models import CameraGroup, Site
from cameras.place_forms import GroupForm, NetworkForm, SiteForm
from cameras.selectors import (
    group_get,
    groups_visible_to,
    network_get,
    networks_visible_to,
    site_get,
    sites_visible_to,
    time_zone_of,
)
from cameras.services.groups import group_create, group_delete, group_update
from cameras.services.networks import network_create, network_delete
from cameras.services.sites import site_create, site_delete, site_update
from vms.accounts.models import User
from vms.accounts.services import admin_require
from vms.accounts.views import signed_in
from vms.errors import InvalidError


@login_required
@require_safe
def place_list(request: HttpRequest) -> HttpResponse:
    return _list(request, _admin(request), NetworkForm())


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def site_edit(request: HttpRequest, site_id: int | None = None) -> HttpResponse:
    user = _admin(request)
    site = Site(time_zone=time_zone_of(user)) if site_id is None else site_get(user, site_id)
    form = SiteForm(request.POST if request.method == "POST" else None, site=site)
    context = {"form": form, "site": site, "name": site.name}
    if form.is_valid() and _site_saved(user, site, form):
        messages.success(request, _("Site %(name)s is saved.") % {"name": form.cleaned_data["name"]})
        return redirect("place_list")
    return render(request, "cameras/site.html", context, status=422 if form.errors else 200)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def group_edit(request: HttpRequest, group_id: int | None = None) -> HttpResponse:
    user = _admin(request)
    group = CameraGroup() if group_id is None else group_get(user, group_id)
    form = GroupForm(request.POST if request.method == "POST" else None, user=user, group=group)
    context = {"form": form, "group": group, "name": group.name}
    if form.is_valid() and _group_saved(user, group, form):
        messages.success(request, _("Group %(name)s is saved.") % {"name": form.cleaned_data["name"]})
        return redirect("place_list")
    return render(request, "cameras/group.html", context, status=422 if form.errors else 200)


@login_required
@require_POST
def site_remove(request: HttpRequest, site_id: int) -> HttpResponse:
    user = _admin(request)
    site = site_get(user, site_id)
    site_delete(user=user, site=site)
    messages.success(request, _("Site %(name)s is deleted.") % {"name": site.name})
    return redirect("place_list")


@login_required
@require_POST
def group_remove(request: HttpRequest, group_id: int) -> HttpResponse:
    user = _admin(request)
    group = group_get(user, group_id)
    group_delete(user=user, group=group)
    messages.success(request, _("Group %(name)s is deleted. Its cameras stay.") % {"name": group.name})
    return redirect("place_list")


@login_required
@require_POST
def network_add(request: HttpRequest) -> HttpResponse:
    user = _admin(request)
    form = NetworkForm(request.POST)
    if form.is_valid() and _network_made(user, form):
        messages.success(request, _("Cameras may be in %(network)s now.") % form.cleaned_data)
        return redirect("place_list")
    return _list(request, user, form, status=422)


@login_required
@require_POST
def network_remove(request: HttpRequest, network_id: int) -> HttpResponse:
    user = _admin(request)
    network = network_get(user, network_id)
    network_delete(user=user, network=network)
    messages.success(request, _("Nothing connects to cameras in %(network)s any more.") % {"network": network.network})
    return redirect("place_list")


def _list(request: HttpRequest, user: User, form: NetworkForm, status: int = 200) -> HttpResponse:
    context = {
        "sites": sites_visible_to(user).annotate(size=Count("cameras")),
        "groups": groups_visible_to(user).annotate(size=Count("cameras")),
        "networks": networks_visible_to(user),
        "form": form,
    }
    return render(request, "cameras/places.html", context, status=status)


def _admin(request: HttpRequest) -> User:
    user = signed_in(request)
    admin_require(user)
    return user


def _site_saved(user: User, site: Site, form: SiteForm) -> bool:
    values: dict[str, Any] = form.cleaned_data
    try:
        if site.pk:
            site_update(user=user, site=site, **values)
        else:
            site_create(user=user, **values)
    except InvalidError as error:
        return _refused(form, error)
    return True


def _group_saved(user: User, group: CameraGroup, form: GroupForm) -> bool:
    values: dict[str, Any] = form.cleaned_data
    try:
        if group.pk:
            group_update(user=user, group=group, **values)
        else:
            group_create(user=user, **values)
    except InvalidError as error:
        return _refused(form, error)
    return True


def _network_made(user: User, form: NetworkForm) -> bool:
    try:
        network_create(user=user, **form.cleaned_data)
    except InvalidError as error:
        return _refused(form, error)
    return True


def _refused(form: forms.Form, error: InvalidError) -> bool:
    for name, sentences in (error.fields or {"": [error.message]}).items():
        form.add_error(name if name in form.fields else None, sentences)
    return False
