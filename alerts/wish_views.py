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
from alerts.forms import choices_share
from alerts.models import Preference
from alerts.selectors import policies_overriding_quiet, wishes_of
from alerts.services.wishes import wish_save
from alerts.wish_forms import WishForm
from cameras.selectors import time_zone_of
from vms.accounts.models import User
from vms.accounts.views import signed_in
from vms.errors import NotFoundError

CHOSEN = {"cameras": "cameras", "camera_groups": "groups"}


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def wishes(request: HttpRequest) -> HttpResponse:
    user = signed_in(request)
    kept = _wishes(user)
    forms = {channel: _form(user, wish) for channel, wish in kept.items()}
    if request.method == "POST":
        channel = request.POST.get("channel", "")
        if channel not in PERSONAL_CHANNELS:
            raise NotFoundError(_("There is no such channel."))
        form = forms[Channel(channel)] = _form(user, kept[Channel(channel)], request)
        if form.is_valid():
            values = {name: value for name, value in form.cleaned_data.items() if name not in CHOSEN}
            wish_save(
                user=user,
                channel=channel,
                values=values,
                **{to: form.cleaned_data[name] for name, to in CHOSEN.items()},
            )
            messages.success(request, _("%(channel)s: your wishes are kept.") % {"channel": Channel(channel).label})
            return redirect("alert_wishes")
    choices_share(list(forms.values()), CHOSEN)
    context = {
        "forms": list(forms.items()),
        "overriding": policies_overriding_quiet(user),
    }
    status = 422 if any(form.errors for form in forms.values()) else 200
    return render(request, "alerts/wishes.html", context, status=status)


def _wishes(user: User) -> dict[Channel, Preference]:
    stored, zone = wishes_of(user), time_zone_of(user)
    return {
        channel: stored.get(channel) or Preference(user=user, channel=channel, time_zone=zone)
        for channel in PERSONAL_CHANNELS
    }


def _form(user: User, wish: Preference, request: HttpRequest | None = None) -> WishForm:
    return WishForm(request.POST if request else None, instance=wish, user=user, prefix=wish.channel)
