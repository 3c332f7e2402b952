"""Changing what a person wants to be told: their own doing."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db import transaction

from alerts.models import Preference
from cameras.models import Camera, CameraGroup
from vms.accounts.models import User
from vms.audit.services import audit_record
from vms.validation import model_save


@transaction.atomic
def wish_save(
    *,
    user: User,
    channel: str,
    values: dict[str, Any],
    cameras: Iterable[Camera] | None = None,
    groups: Iterable[CameraGroup] | None = None,
) -> Preference:
    """Store the user's wishes for one channel; what is not given stays.

    Raises:
        InvalidError: a value makes no sense; ``fields`` says which.
    """
    wish = Preference.objects.select_for_update().filter(user=user, channel=channel).first()
    wish = wish or Preference(user=user, channel=channel)
    for name, value in values.items():
        setattr(wish, name, value)
    model_save(wish)
    if cameras is not None:
        wish.cameras.set(cameras)
    if groups is not None:
        wish.camera_groups.set(groups)
    audit_record(actor=user, action="alert_wishes.changed", target=wish, channel=channel)
    return wish
