"""How a channel says that a message could not be handed over."""

from __future__ import annotations

from email.utils import parsedate_to_datetime

from django.utils import timezone

LONGEST_RETRY_AFTER = 24 * 3600


class DeliveryError(Exception):
    """The message was not taken; the text is the other side's answer in plain words."""


class TemporaryDeliveryError(DeliveryError):
    """It may be taken later: no connection, server busy, mailbox full. ``retry_after``: seconds that it asked for."""

    def __init__(self, message: str, *, retry_after: float = 0) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class PermanentDeliveryError(DeliveryError):
    """It will never be taken as it is."""


def seconds_asked(retry_after: str) -> float:
    """By the header, which holds a number or a date; 0: nothing was asked for that can be read."""
    if retry_after.isascii() and retry_after.isdigit():
        return float(min(int(retry_after[:9]), LONGEST_RETRY_AFTER))
    try:
        seconds = (parsedate_to_datetime(retry_after) - timezone.now()).total_seconds()
    except (TypeError, ValueError, OverflowError):
        return 0.0
    return min(max(seconds, 0.0), LONGEST_RETRY_AFTER)
