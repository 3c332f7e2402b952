"""The address in a mail that acknowledges its alert: signed, and good for as long as the settings say."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.core import signing

from alerts.models import Delivery

SALT = "alerts.acknowledge"


def acknowledge_url(delivery: Delivery) -> str:
    """Nothing for bare addresses: nobody answers for what is done from there."""
    if delivery.recipient_id is None:
        return ""
    token = signing.dumps(str(delivery.id), salt=SALT)
    return f"{settings.BASE_URL}/alerts/from-mail/{token}"


def delivery_id_of(token: str) -> uuid.UUID | None:
    """Of the message that the token was made for; None where we did not make it or it is too old."""
    try:
        return uuid.UUID(signing.loads(token, salt=SALT, max_age=settings.ALERT_LINK_HOURS * 3600))
    except (signing.BadSignature, ValueError):
        return None
