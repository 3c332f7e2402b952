"""What is done with ticked alerts of the inbox."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from alerts.alert_views import DEEDS
from alerts.forms import DeedForm
from alerts.services import alerts_each
from alerts.views import inbox_context
from vms.accounts.models import User
from vms.accounts.views import signed_in
from vms.errors import InvalidError, NotFoundError

TOGETHER = ("acknowledge", "resolve", "false", "reopen", "assign", "comment", "snooze")
"""Not linking an event: that is of one alert."""


@login_required
@require_POST
def alerts_do(request: HttpRequest) -> HttpResponse:
    """``only`` is the button of one row, which leaves the ticks alone; its deed is to acknowledge."""
    user = signed_in(request)
    only = request.POST.getlist("only")
    form = DeedForm({**request.POST.dict(), "deed": "acknowledge"} if only else request.POST)
    if not form.is_valid() or form.cleaned_data["deed"] not in TOGETHER:
        raise InvalidError(_("This cannot be done with alerts."))
    done = _do(user, form, only or request.POST.getlist("alert"))
    words = _words(form.cleaned_data["deed"], len(done))
    if request.htmx:  # type: ignore[attr-defined]
        return render(request, "alerts/done.html", {**inbox_context(request, user), "words": words})
    messages.success(request, words)
    return redirect(f"{reverse('alert_list')}?{request.GET.urlencode()}")


def _do(user: User, form: DeedForm, texts: list[str]) -> list[uuid.UUID]:
    act = DEEDS[form.cleaned_data["deed"]][1]
    try:
        wanted = [uuid.UUID(text) for text in texts]
    except ValueError as error:
        raise NotFoundError(_("There is no such alert.")) from error
    return alerts_each(alert_ids=wanted, act=lambda alert_id: act(user, alert_id, form))


def _words(deed: str, number: int) -> str:
    if not number:
        return _("Somebody was faster: nothing was left to do.")
    told = {
        "acknowledge": ngettext("%(number)s alert acknowledged.", "%(number)s alerts acknowledged.", number),
        "resolve": ngettext("%(number)s alert resolved.", "%(number)s alerts resolved.", number),
        "false": ngettext("%(number)s alert noted as false.", "%(number)s alerts noted as false.", number),
        "reopen": ngettext("%(number)s alert is open again.", "%(number)s alerts are open again.", number),
        "assign": ngettext("%(number)s alert is yours.", "%(number)s alerts are yours.", number),
        "comment": ngettext(
            "The note is kept with %(number)s alert.", "The note is kept with %(number)s alerts.", number
        ),
        "snooze": ngettext("%(number)s alert put off.", "%(number)s alerts put off.", number),
    }
    return told[deed] % {"number": number}
