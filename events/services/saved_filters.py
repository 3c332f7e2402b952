"""Keeping people's own filters of the event list."""

from __future__ import annotations

from django.db import transaction
from django.utils.translation import gettext as _

from events.models import SavedFilter
from vms.accounts.models import User
from vms.errors import InvalidError, NotFoundError
from vms.validation import model_save

MOST_FILTERS = 30


@transaction.atomic
def saved_filter_save(*, user: User, name: str, query: str) -> SavedFilter:
    """Keep a filter under a name; one that is there already is replaced.

    Raises:
        InvalidError: the name or the filter is missing or cannot be used, or there are too many.
    """
    name = " ".join(name.split())
    if not query:
        raise InvalidError(_("Choose a filter first: there is nothing to save yet."))
    saved = SavedFilter.objects.filter(user=user, name=name).first() or SavedFilter(user=user, name=name)
    if saved._state.adding and user.event_filters.count() >= MOST_FILTERS:
        raise InvalidError(_("You have %(most)s saved filters already. Delete one first.") % {"most": MOST_FILTERS})
    saved.query = query
    model_save(saved)
    return saved


def saved_filter_delete(*, user: User, filter_id: int) -> SavedFilter:
    """Raises NotFoundError where there is none, or it is another's."""
    saved = SavedFilter.objects.filter(user=user, id=filter_id).first()
    if saved is None:
        raise NotFoundError(_("There is no such filter."))
    SavedFilter.objects.filter(id=saved.id).delete()
    return saved
