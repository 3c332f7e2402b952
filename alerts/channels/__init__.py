"""The channels by which messages go out: one file each, and the registry."""

from __future__ import annotations

from collections.abc import Callable

from alerts.channels import email, in_app
from alerts.choices import Channel, EndpointKind
from alerts.models import Delivery

Send = Callable[[Delivery], str]
"""Hands one message over and returns the answer; raises a DeliveryError when it was not taken."""

CHANNELS: dict[Channel, Send] = {Channel.IN_APP: in_app.send, Channel.EMAIL: email.send}

# Their row is the message: it counts as sent when the alert's transaction commits, exactly once, and needs no attempt.
INSTANT_CHANNELS = frozenset({Channel.IN_APP})

# The target itself answers that it has the message: what they took is not only sent but delivered.
CONFIRMING_CHANNELS = frozenset({Channel.WEBHOOK, Channel.MQTT})

PERSONAL_CHANNELS = tuple(channel for channel in CHANNELS if channel not in EndpointKind.values)
"""By which a person can be told; the others speak to endpoints."""
PERSONAL_CHOICES = [(channel.value, channel.label) for channel in PERSONAL_CHANNELS]
