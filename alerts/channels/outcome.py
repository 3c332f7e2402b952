"""How a channel says that a message could not be handed over."""

from __future__ import annotations


class DeliveryError(Exception):
    """The message was not taken; the text is the other side's answer in plain words."""


class TemporaryDeliveryError(DeliveryError):
    """It may be taken later: no connection, server busy, mailbox full. ``retry_after``: seconds that it asked for."""

    def __init__(self, message: str, *, retry_after: float = 0) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class PermanentDeliveryError(DeliveryError):
    """It will never be taken as it is."""
