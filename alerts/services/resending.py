"""Sending again what was given up or held back, because a person says so."""

from __future__ import annotations

import uuid

from django.db import transaction
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


@transaction.atomic
def delivery_resend(*, user: User, delivery_id: uuid.UUID) -> Delivery:
    """Send a message once more, free of limits and wishes; whether its recipient may see the camera is asked as ever.

    Raises:
        ForbiddenError: the user is no admin.
        NotFoundError: there is none.
        ConflictError: it is on its way, or in the app, where it cannot be sent again.
    """
    admin_require(user)
    delivery = delivery_get(user, delivery_id)
    if Channel(delivery.channel) in INSTANT_CHANNELS:
        raise ConflictError(_("A message in the app cannot be sent again: it stands in the inbox."))
    changed = Delivery.objects.filter(id=delivery.id, state__in=AGAIN).update(
        state=DeliveryState.QUEUED, reason="", detail="", attempts=0, admitted=True, digest=None,
        sent_at=None, held=False,
        next_attempt_at=timezone.now(),
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
