"""The channels by which messages go out: one file or folder each, and the registry."""

from __future__ import annotations

from collections.abc import Callable

from alerts.channels import email, in_app, sink, web_push
from alerts.channels.apprise import APPRISE
from alerts.channels.endpoint import EndpointChannel
from alerts.channels.mqtt import MQTT
from alerts.channels.webhook import WEBHOOK
from alerts.choices import Channel, EndpointKind
from alerts.models import Delivery

Send = Callable[[Delivery], str]
"""Hands one message over and returns the answer; raises a DeliveryError when it was not taken."""

ENDPOINT_CHANNELS: dict[EndpointKind, EndpointChannel] = {
    EndpointKind.WEBHOOK: WEBHOOK,
    EndpointKind.APPRISE: APPRISE,
    EndpointKind.MQTT: MQTT,
}

CHANNELS: dict[Channel, Send] = {
    Channel.IN_APP: in_app.send,
    Channel.WEB_PUSH: web_push.send,
    Channel.EMAIL: email.send,
    Channel.SINK: sink.send,
    **{Channel(kind): channel.deliver for kind, channel in ENDPOINT_CHANNELS.items()},
}

# Their row is the message: it counts as sent when the alert's transaction commits, exactly once, and needs no attempt.
INSTANT_CHANNELS = frozenset({Channel.IN_APP})

# The target itself answers that it has the message: what they took is not only sent but delivered.
CONFIRMING_CHANNELS = frozenset({Channel.WEBHOOK, Channel.MQTT})

SHOWN_CHANNELS = [(value, label) for value, label in Channel.choices if value != Channel.SINK]
"""Nobody is told by the sink: it ends what VMS sends to prove that alerts arrive."""

PERSONAL_CHANNELS = (Channel.IN_APP, Channel.WEB_PUSH, Channel.EMAIL)
"""By which a person can be told; the others speak to endpoints."""
PERSONAL_CHOICES = [(channel.value, channel.label) for channel in PERSONAL_CHANNELS]
