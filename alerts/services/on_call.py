"""Changing groups of people who take turns being on call: an admin's work."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from alerts.models import OnCallGroup, OnCallMember
from alerts.selectors import policies_telling
from vms.accounts.models import User
from vms.accounts.services import admin_require
from vms.audit.services import audit_record
from vms.errors import ConflictError
from vms.locking import row_lock
from vms.validation import model_save


@transaction.atomic
def on_call_save(
    *, user: User, group: OnCallGroup, values: dict[str, Any], members: Sequence[User] | None = None
) -> OnCallGroup:
    """Make a group or change it; ``members`` in the order of their turns, None: they stay.

    Raises:
        ForbiddenError: the user is no admin.
        InvalidError: a value makes no sense, or the name is taken.
    """
    admin_require(user)
    action = "on_call.created" if group.pk is None else "on_call.changed"
    group = group if group.pk is None else row_lock(group)
    for name, value in values.items():
        setattr(group, name, value)
    model_save(group)
    if members is not None:
        OnCallMember.objects.filter(group=group).delete()
        turns = enumerate(dict.fromkeys(members))
        OnCallMember.objects.bulk_create(
            [OnCallMember(group=group, user=member, position=position) for position, member in turns]
        )
    audit_record(actor=user, action=action, target=group, name=group.name)
    return group


@transaction.atomic
def on_call_delete(*, user: User, group: OnCallGroup) -> None:
    """Delete a group that no policy names.

    Raises:
        ForbiddenError: the user is no admin.
        ConflictError: a policy tells it; without it, nobody might be told.
    """
    admin_require(user)
    group = row_lock(group, to_delete=True)
    if policies_telling(group).exists():
        raise ConflictError(_("An alert policy tells %(name)s. Take it out there first.") % {"name": group.name})
    audit_record(actor=user, action="on_call.deleted", target=group, name=group.name)
    group.delete()
