"""How a person is told in this browser: sound, desktop messages, pushes; and tests of the personal channels."""

from __future__ import annotations

import json

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from alerts.channels.web_push.sealing import push_key
from alerts.choices import Channel
from alerts.models import PushSubscription
from alerts.pushes import push_remove, push_subscribe
from alerts.trials import PERSONAL_TRIALS, channel_test, channel_test_seen
from vms.accounts.views import signed_in
from vms.browsers import browser_name
from vms.errors import DomainError, InvalidError, NotFoundError

WORKER = settings.BASE_DIR / "static" / "js" / "push_worker.js"
MOST_BYTES = 8_000


@login_required
@require_safe
def browser(request: HttpRequest) -> HttpResponse:
    return _page(request, {})


@login_required
@require_POST
def browser_trial(request: HttpRequest, channel: str) -> HttpResponse:
    if channel not in {known.value for known in PERSONAL_TRIALS}:
        raise NotFoundError(_("There is no such channel."))
    try:
        trial = channel_test(user=signed_in(request), channel=Channel(channel))
        context: dict[str, object] = {"trial": trial, "channel": channel}
        status = 200
    except DomainError as error:
        context, status = {"refusal": error.message}, error.http_status
    if request.headers.get("HX-Request") == "true":
        # The page stays, so that its socket gets what is tested. A refusal is a result too.
        return render(request, "alerts/trial.html", context)
    return _page(request, context, status)


@login_required
@require_POST
def browser_trial_seen(request: HttpRequest, channel: str) -> HttpResponse:
    if channel not in {known.value for known in PERSONAL_TRIALS}:
        raise NotFoundError(_("There is no such channel."))
    channel_test_seen(user=signed_in(request), channel=Channel(channel))
    messages.success(request, _("Good: messages reach you that way."))
    return redirect("alert_browser")


@login_required
@require_POST
def push_add(request: HttpRequest) -> JsonResponse:
    """From the page's script: a browser's subscription as JSON."""
    if len(request.body) > MOST_BYTES:
        raise InvalidError(_("This is longer than any subscription."))
    try:
        document = json.loads(request.body)
    except (ValueError, RecursionError):
        raise InvalidError(_("This is no JSON.")) from None
    agent = browser_name(request.headers.get("User-Agent", ""))
    made = push_subscribe(user=signed_in(request), document=document, browser=agent)
    return JsonResponse({"id": made.id}, status=201)


@login_required
@require_POST
def push_delete(request: HttpRequest, subscription_id: int) -> HttpResponse:
    push_remove(user=signed_in(request), subscription_id=subscription_id)
    messages.success(request, _("That browser is told nothing any more."))
    return redirect("alert_browser")


@require_safe
def push_worker(request: HttpRequest) -> HttpResponse:
    """At the root, since a service worker serves the addresses below its own."""
    return HttpResponse(
        WORKER.read_bytes(), content_type="text/javascript; charset=utf-8", headers={"Cache-Control": "no-cache"}
    )


def _page(request: HttpRequest, more: dict[str, object], status: int = 200) -> HttpResponse:
    user = signed_in(request)
    context = {
        "push_public_key": push_key().public,
        "browsers": PushSubscription.objects.filter(user=user),
        "tests": list(PERSONAL_TRIALS),
        **more,
    }
    return render(request, "alerts/browser.html", context, status=status)
