"""How a channel says that a message could not be handed over."""


class DeliveryError(Exception):
    """The message was not taken; the text is the other side's answer in plain words."""


class TemporaryDeliveryError(DeliveryError):
    """It may be taken later: no connection, server busy, mailbox full."""


class PermanentDeliveryError(DeliveryError):
    """It will never be taken as it is."""
