"""Saving a filter of the event list under a name, and deleting it."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from events.forms import EventFilterForm
from events.listing import filter_query
from events.services import saved_filter_delete, saved_filter_save
from vms.accounts.views import signed_in
from vms.errors import InvalidError


@login_required
@require_POST
def filter_save(request: HttpRequest) -> HttpResponse:
    """The filter stands in the address, as it does on the list."""
    user = signed_in(request)
    if not EventFilterForm(request.GET, user=user).is_valid():
        raise InvalidError(_("A filter is not right. Correct it before you save it."))
    query = filter_query(request)
    saved = saved_filter_save(user=user, name=request.POST.get("name", ""), query=query)
    messages.success(request, _("The filter “%(name)s” is saved.") % {"name": saved.name})
    return redirect(f"{reverse('event_list')}?{query}")


@login_required
@require_POST
def filter_delete(request: HttpRequest, filter_id: int) -> HttpResponse:
    saved = saved_filter_delete(user=signed_in(request), filter_id=filter_id)
    messages.success(request, _("The filter “%(name)s” is deleted.") % {"name": saved.name})
    return redirect(f"{reverse('event_list')}?{saved.query}")
