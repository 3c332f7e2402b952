"""What became of each message, for admins: listed, looked at attempt by attempt, sent again."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from alerts.forms import DeliveryFilterForm
from alerts.selectors import deliveries_visible_to, delivery_get
from alerts.services.resending import deliveries_resend, delivery_resend
from vms.accounts.services import admin_require
from vms.accounts.views import signed_in
from vms.paging import page_of

PAGE_SIZE = 50


@login_required
@require_safe
def delivery_list(request: HttpRequest) -> HttpResponse:
    user = signed_in(request)
    admin_require(user)
    form = DeliveryFilterForm(request.GET)
    rows = form.apply(deliveries_visible_to(user))
    page = page_of(rows, field="created_at", after=request.GET.get("after", ""), size=PAGE_SIZE)
    return render(request, "alerts/messages.html", {"form": form, "page": page})


@login_required
@require_POST
def resend_given_up(request: HttpRequest) -> HttpResponse:
    """Of those that the address asks for, as the list does."""
    user = signed_in(request)
    admin_require(user)
    number = deliveries_resend(user=user, deliveries=DeliveryFilterForm(request.GET).apply(deliveries_visible_to(user)))
    words = ngettext("%(number)s message is sent again.", "%(number)s messages are sent again.", number)
    messages.success(request, words % {"number": number})
    return redirect("delivery_list")


@login_required
@require_safe
def delivery_detail(request: HttpRequest, delivery_id: uuid.UUID) -> HttpResponse:
    delivery = delivery_get(signed_in(request), delivery_id)
    context = {"delivery": delivery, "attempts": delivery.history.all(), "gathered": delivery.gathered.count()}
    return render(request, "alerts/message.html", context)


@login_required
@require_POST
def resend(request: HttpRequest, delivery_id: uuid.UUID) -> HttpResponse:
    delivery_resend(user=signed_in(request), delivery_id=delivery_id)
    messages.success(request, _("The message is sent again. What becomes of it appears here."))
    return redirect("delivery_detail", delivery_id)
