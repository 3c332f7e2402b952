"""Digests: one message in place of many, since there were too many or since the recipient asked for it.

The first message that has to wait becomes the digest: it stays queued until it is due, and those that come meanwhile
join it. It is sent like any other, under its own id.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext_noop as _

from alerts.choices import Channel, DeliveryReason, DeliveryState
from alerts.limits import MACHINES, alert_admit, delivery_admit
from alerts.models import Delivery, Preference

STORM_SECONDS = 300
"""How long a digest of too many messages gathers."""
AFTER_QUIET_SECONDS = 30
"""How long the one after quiet hours gathers: all that were held fall due at the same moment."""
JOIN_TRIES = 5
GATHERED = {
    DeliveryReason.THROTTLED: _("There were too many messages at once: it is told in a digest."),
    DeliveryReason.QUIET: _("It came in quiet hours: it is told in one message after them."),
    DeliveryReason.DIGEST: _("The recipient gets one message for several alerts."),
}


@dataclass(frozen=True, slots=True)
class Waiting:
    """Why a message does not go out by itself, and how long its digest gathers."""

    reason: DeliveryReason
    seconds: int


def delivery_waiting(delivery: Delivery, wish: Preference | None) -> Waiting | None:
    """None where the claimed message may go out now; that is counted, once for each message. ``wish``: its reader's."""
    if delivery.admitted or Channel(delivery.channel) in MACHINES:
        return None
    if delivery.held:
        return Waiting(DeliveryReason.QUIET, AFTER_QUIET_SECONDS)
    if wish is not None and wish.digest_minutes:
        return Waiting(DeliveryReason.DIGEST, wish.digest_minutes * 60)
    # An escalation is meant for somebody who was not told yet: only its own limits hold it back.
    if delivery.step == 0 and not alert_admit(delivery.alert):
        return Waiting(DeliveryReason.THROTTLED, STORM_SECONDS)
    return None if delivery_admit(delivery) else Waiting(DeliveryReason.THROTTLED, STORM_SECONDS)


def digest_join(delivery: Delivery, waiting: Waiting) -> Delivery:
    """Put a claimed message into the digest that gathers for its target, or make it that digest."""
    for _try in range(JOIN_TRIES):
        try:
            with transaction.atomic():
                _join(delivery, waiting)
            break
        except IntegrityError:
            continue  # another one became the digest at this moment
    delivery.refresh_from_db()
    return delivery


def _join(delivery: Delivery, waiting: Waiting) -> None:
    mine = Delivery.objects.filter(id=delivery.id, state=DeliveryState.SENDING, attempts=delivery.attempts)
    # Locked, so that it is not sent between our look and our joining.
    digest = _gathering(delivery)
    if digest is None:
        due = timezone.now() + timedelta(seconds=waiting.seconds)
        mine.update(
            state=DeliveryState.QUEUED, gathering=True, admitted=True, next_attempt_at=due, lease_expires_at=None
        )
    else:
        mine.update(
            state=DeliveryState.SUPPRESSED,
            reason=waiting.reason,
            detail=GATHERED[waiting.reason],
            digest=digest,
            next_attempt_at=None,
            lease_expires_at=None,
        )


def _gathering(delivery: Delivery) -> Delivery | None:
    return (
        Delivery.objects.filter(
            recipient=delivery.recipient_id,
            address=delivery.address,
            endpoint=delivery.endpoint_id,
            channel=delivery.channel,
            gathering=True,
        )
        .select_for_update(of=("self",))
        .first()
    )
