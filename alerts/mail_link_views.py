"""The page behind a mail's link. Opening it changes nothing, since programs that look for viruses open links."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from alerts.services.mail_acknowledging import link_read, link_use


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def from_mail(request: HttpRequest, token: str) -> HttpResponse:
    if request.method == "POST":
        context: dict[str, object] = {"alert": link_use(token), "done": True}
    else:
        delivery, person = link_read(token)
        context = {"alert": delivery.alert, "person": person, "used": delivery.link_used_at is not None}
    return render(request, "alerts/from_mail.html", context)
