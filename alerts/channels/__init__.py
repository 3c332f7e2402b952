"""The channels by which a person is told: one file each, and the registry."""

from __future__ import annotations

from collections.abc import Callable

from alerts.channels import email, in_app
from alerts.choices import Channel
from alerts.models import Delivery

Send = Callable[[Delivery], str]
"""Hands one message over and returns the answer; raises a DeliveryError when it was not taken."""

CHANNELS: dict[Channel, Send] = {Channel.IN_APP: in_app.send, Channel.EMAIL: email.send}

# Their row is the message: it counts as sent when the alert's transaction commits, exactly once, and needs no attempt.
INSTANT_CHANNELS = frozenset({Channel.IN_APP})
