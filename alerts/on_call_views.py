"""On-call groups: listed with who is on call now, and by admins made and changed."""

from __future__ import annotations

from datetime import datetime

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from alerts.models import OnCallGroup
from alerts.on_call import on_call_now, turns_ahead
from alerts.on_call_forms import OnCallForm, members_arranged, members_of
from alerts.selectors import on_call_get, on_call_visible_to, policies_telling
from alerts.services.on_call import on_call_delete, on_call_save
from cameras.selectors import time_zone_of
from vms.accounts.models import User
from vms.accounts.services import admin_require
from vms.accounts.views import signed_in
from vms.errors import DomainError

TURNS_SHOWN = 6


@login_required
@require_safe
def on_call_list(request: HttpRequest) -> HttpResponse:
    user, now = signed_in(request), timezone.now()
    admin_require(user)
    rows = [_row(group, now) for group in on_call_visible_to(user)]
    return render(request, "alerts/on_call/list.html", {"rows": rows})


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def on_call_new(request: HttpRequest) -> HttpResponse:
    user = signed_in(request)
    admin_require(user)
    today = timezone.localdate()
    return _page(request, OnCallGroup(shift_days=7, first_day=today, time_zone=time_zone_of(user)), [])


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def on_call_edit(request: HttpRequest, on_call_id: int) -> HttpResponse:
    group = on_call_get(signed_in(request), on_call_id)
    return _page(request, group, [turn.user for turn in group.turns.all()])


@login_required
@require_POST
def on_call_remove(request: HttpRequest, on_call_id: int) -> HttpResponse:
    user = signed_in(request)
    group = on_call_get(user, on_call_id)
    on_call_delete(user=user, group=group)
    messages.success(request, _("The on-call group %(name)s is deleted.") % {"name": group.name})
    return redirect("on_call_list")


def _row(group: OnCallGroup, now: datetime) -> dict[str, object]:
    members = [turn.user for turn in group.turns.all()]
    running = turns_ahead(group, members, now, 1)
    return {
        "group": group,
        "members": members,
        "on_call": on_call_now(group, now),
        "until": running[0].ends_at if running else None,
    }


def _page(request: HttpRequest, group: OnCallGroup, members: list[User]) -> HttpResponse:
    """A button beside somebody's name answers with the page as it would be; only Save writes."""
    if request.method != "POST":
        return _shown(request, group, OnCallForm(instance=group), members)
    data, name = request.POST, group.name
    deed = data.get("deed", "save")
    members = members_arranged(members_of(data.getlist("member")), deed, members_of(data.getlist("person")))
    form = OnCallForm(data, instance=group)
    is_sound = form.is_valid()
    if deed != "save":
        unchecked = OnCallForm(instance=group, initial=data.dict())
        return _shown(request, group, unchecked, members, {"name": name, "is_changed": True})
    if is_sound and _saved(signed_in(request), form, members):
        messages.success(request, _("The on-call group %(name)s is saved.") % {"name": group.name})
        return redirect("on_call_list")
    return _shown(request, group, form, members, {"name": name}, status=422)


def _shown(
    request: HttpRequest,
    group: OnCallGroup,
    form: OnCallForm,
    members: list[User],
    more: dict[str, object] | None = None,
    status: int = 200,
) -> HttpResponse:
    others = User.objects.filter(is_active=True).exclude(pk__in=[person.pk for person in members])
    context = {
        "form": form,
        "group": group,
        "name": group.name,
        "members": members,
        "others": others.order_by("username"),
        "turns": turns_ahead(group, members, timezone.now(), TURNS_SHOWN),
        "policies": policies_telling(group) if group.pk else [],
    }
    return render(request, "alerts/on_call/group.html", context | (more or {}), status=status)


def _saved(user: User, form: OnCallForm, members: list[User]) -> bool:
    try:
        on_call_save(user=user, group=form.instance, values=form.cleaned_data, members=members)
    except DomainError as error:
        form.add_error(None, error.message)
        return False
    return True
