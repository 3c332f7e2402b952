"""How I am told: a person's wishes for each channel."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from alerts.channels import PERSONAL_CHANNELS
from alerts.choices import Channel
from alerts.models import Preference
from alerts.selectors import policies_overriding_quiet, wishes_of
from alerts.services.wishes import wish_save
from alerts.wish_forms import WishCamerasForm, WishForm
from cameras.selectors import time_zone_of
from vms.accounts.models import User
from vms.accounts.views import signed_in
from vms.errors import NotFoundError


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def wishes(request: HttpRequest) -> HttpResponse:
    user = signed_in(request)
    kept = _wishes(user)
    forms = {channel: WishForm(instance=wish, prefix=channel) for channel, wish in kept.items()}
    if request.method == "POST":
        channel = _channel(request.POST.get("channel", ""))
        form = forms[channel] = WishForm(request.POST, instance=kept[channel], prefix=channel)
        if form.is_valid():
            wish_save(user=user, channel=channel, values=form.cleaned_data)
            if request.POST.get("then") == "cameras":
                return redirect("alert_wish_cameras", channel)
            return _saved(request, channel)
    context = {"forms": list(forms.items()), "overriding": policies_overriding_quiet(user)}
    status = 422 if any(form.errors for form in forms.values()) else 200
    return render(request, "alerts/wishes.html", context, status=status)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def wish_cameras(request: HttpRequest, channel: str) -> HttpResponse:
    """A page of its own: every channel's form beside the others would list all cameras once more."""
    user, channel = signed_in(request), _channel(channel)
    wish = _wishes(user)[channel]
    form = WishCamerasForm(request.POST if request.method == "POST" else None, instance=wish, user=user)
    if form.is_valid():
        chosen = form.cleaned_data
        values = {"time_zone": wish.time_zone}
        wish_save(user=user, channel=channel, values=values, cameras=chosen["cameras"], groups=chosen["camera_groups"])
        return _saved(request, channel)
    context = {"form": form, "channel": channel}
    return render(request, "alerts/wish_cameras.html", context, status=422 if form.errors else 200)


def _saved(request: HttpRequest, channel: Channel) -> HttpResponse:
    messages.success(request, _("%(channel)s: your wishes are kept.") % {"channel": channel.label})
    return redirect("alert_wishes")


def _channel(name: str) -> Channel:
    if name not in PERSONAL_CHANNELS:
        raise NotFoundError(_("There is no such channel."))
    return Channel(name)


def _wishes(user: User) -> dict[Channel, Preference]:
    stored, zone = wishes_of(user), time_zone_of(user)
    return {
        channel: stored.get(channel) or Preference(user=user, channel=channel, time_zone=zone)
        for channel in PERSONAL_CHANNELS
    }
