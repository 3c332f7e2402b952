"""How I am told: a person's wishes for each channel."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from alerts.channels import PERSONAL_CHANNELS
from alerts.choices import Channel
from alerts.models import Preference
from alerts.selectors import policies_overriding_quiet, wishes_of
from alerts.services.wishes import wish_save
from alerts.wish_forms import WishForm
from cameras.selectors import sites_visible_to
from vms.accounts.models import User
from vms.accounts.views import signed_in
from vms.errors import NotFoundError

CHOSEN = {"cameras": "cameras", "camera_groups": "groups"}


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def wishes(request: HttpRequest) -> HttpResponse:
    user = signed_in(request)
    forms = {channel: _form(user, channel) for channel in PERSONAL_CHANNELS}
    if request.method == "POST":
        channel = request.POST.get("channel", "")
        if channel not in PERSONAL_CHANNELS:
            raise NotFoundError("There is no such channel.")
        form = forms[Channel(channel)] = _form(user, Channel(channel), request)
        if form.is_valid():
            values = {name: value for name, value in form.cleaned_data.items() if name not in CHOSEN}
            wish_save(
                user=user,
                channel=channel,
                values=values,
                **{to: form.cleaned_data[name] for name, to in CHOSEN.items()},
            )
            messages.success(request, f"{Channel(channel).label}: your wishes are kept.")
            return redirect("alert_wishes")
    context = {
        "forms": list(forms.items()),
        "overriding": policies_overriding_quiet(user),
    }
    status = 422 if any(form.errors for form in forms.values()) else 200
    return render(request, "alerts/wishes.html", context, status=status)


def _form(user: User, channel: Channel, request: HttpRequest | None = None) -> WishForm:
    stored = wishes_of(user).get(channel)
    wish = stored or Preference(user=user, channel=channel, time_zone=_zone(user))
    return WishForm(request.POST if request else None, instance=wish, user=user, prefix=channel.value)


def _zone(user: User) -> str:
    """Their own; else that of a place they watch."""
    site = sites_visible_to(user).first()
    return user.time_zone or (site.time_zone if site else "UTC")
