"""Sending again what was given up or held back, because a person says so."""

from __future__ import annotations

import uuid

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from alerts.actors import send_soon
from alerts.channels import INSTANT_CHANNELS
from alerts.choices import ChangeKind, Channel, DeliveryState
from alerts.models import Delivery
from alerts.selectors import delivery_get
from alerts.services.lifecycle import change_note
from vms.accounts.models import User
from vms.accounts.services import admin_require
from vms.audit.services import audit_record
from vms.commits import after_commit
from vms.errors import ConflictError

AGAIN = (DeliveryState.FAILED, DeliveryState.SUPPRESSED, DeliveryState.SENT, DeliveryState.DELIVERED)


MOST_AT_ONCE = 200


@transaction.atomic
def deliveries_resend(*, user: User, deliveries: QuerySet[Delivery]) -> int:
    """Send those of them again that were given up, at most ``MOST_AT_ONCE``; how many those are.

    Raises:
        ForbiddenError: the user is no admin.
    """
    admin_require(user)
    failed = deliveries.filter(state=DeliveryState.FAILED).exclude(channel__in=INSTANT_CHANNELS)
    # The oldest first, and in one order, so that two admins who do the same cannot block each other.
    chosen = failed.order_by("created_at", "id").values_list("id", flat=True)[:MOST_AT_ONCE]
    return sum(_is_sent_again(user, delivery_id) for delivery_id in list(chosen))


def _is_sent_again(user: User, delivery_id: uuid.UUID) -> bool:
    try:
        delivery_resend(user=user, delivery_id=delivery_id)
    except ConflictError:
        return False
    return True


@transaction.atomic
def delivery_resend(*, user: User, delivery_id: uuid.UUID) -> Delivery:
    """Send a message once more, free of limits and wishes and whatever became of its alert. Whether its recipient may
    see the camera is asked as ever.

    Raises:
        ForbiddenError: the user is no admin.
        NotFoundError: there is none.
        ConflictError: it is on its way, or in the app, where it cannot be sent again.
    """
    admin_require(user)
    now = timezone.now()
    delivery = delivery_get(user, delivery_id)
    if Channel(delivery.channel) in INSTANT_CHANNELS:
        raise ConflictError(_("A message in the app cannot be sent again: it stands in the inbox."))
    changed = Delivery.objects.filter(id=delivery.id, state__in=AGAIN).update(
        state=DeliveryState.QUEUED, reason="", detail="", attempts=0, admitted=True, digest=None,
        sent_at=None, held=False, resent_at=now, next_attempt_at=now,
    )  # fmt: skip
    if not changed:
        raise ConflictError(_("The message is on its way already."))
    words = _("%(channel)s to %(target)s") % {
        "channel": delivery.get_channel_display(),
        "target": delivery.target_name,
    }
    change_note(delivery.alert, ChangeKind.RESENT, actor=user, note=words)
    audit_record(actor=user, action="delivery.resent", target=delivery)
    after_commit(send_soon, delivery)
    return delivery_get(user, delivery_id)
