"""Stopping mails by the link at their end: one click in the mail program, or one button on a page."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from alerts.mail_stop import mails_stop, stop_user


@csrf_exempt  # a mail program posts it; the token in the address is the proof, and a stranger's page does not have it
@require_http_methods(["GET", "HEAD", "POST"])
def mail_stop(request: HttpRequest, token: str) -> HttpResponse:
    """Reading it changes nothing: programs that look at links before a person does must stop nobody's mails."""
    user = stop_user(token)
    if request.method == "POST":
        mails_stop(user=user)
    return render(request, "alerts/mail_stop.html", {"reader": user, "stopped": request.method == "POST"})
