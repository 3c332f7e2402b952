"""The inbox: the row itself is the message, and open pages of the recipient are told."""

from __future__ import annotations

from alerts.channels.outcome import PermanentDeliveryError
from alerts.live import alert_message
from alerts.models import Delivery
from events.live import push, user_group


def send(delivery: Delivery) -> str:
    if delivery.recipient_id is None:
        raise PermanentDeliveryError("Only a person has an inbox.")
    push(user_group(delivery.recipient_id), alert_message("alert.raised", delivery.alert))
    return "Shown in the inbox."
