"""Why nothing was sent, in sentences that name the host and no secret."""


class OutboundError(Exception):
    """Nothing useful came back; ``str()`` says why. Trying again later may help."""


class ForbiddenTargetError(OutboundError):
    """The target may not be connected to, and nothing was."""


class TooSlowError(OutboundError):
    """The other side took longer than it may."""
