"""MQTT, for plants and home automation: one JSON document for each alert, confirmed by the broker (QoS 1)."""

from __future__ import annotations

import re
from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from alerts.channels.endpoint import EndpointChannel, EndpointForm, outbound_failure, outbound_guard
from alerts.channels.webhook.payload import payload_of
from alerts.choices import Channel
from alerts.models import Endpoint
from alerts.wording.formats import FormatError, format_check, format_fill
from alerts.wording.notice import Notice
from alerts.wording.words import words_for
from vms.database import connection_leave
from vms.login_fields import SECRET, password_field, user_field
from vms.outbound.errors import ForbiddenTargetError, OutboundError
from vms.outbound.mqtt import MqttLogin, MqttMessage, mqtt_publish
from vms.outbound.targets import target_of

TOPIC_NAMES = frozenset({"severity", "rule", "camera", "site", "policy", "class"})
TOPIC_MOST_BYTES = 1_000
IN_NO_NAME = re.compile(r"[/+#$\x00]")
"""What would begin another level, or stand for many topics."""


def send(endpoint: Endpoint, notice: Notice) -> str:
    settings = endpoint.settings
    body = payload_of(notice, words_for(Channel.MQTT, notice)).model_dump_json().encode()
    message = MqttMessage(topic_of(settings["topic"], notice), body, retain=settings["retain"])
    login = MqttLogin(settings["user"], endpoint.secrets.get("password", ""))
    connection_leave()
    try:
        mqtt_publish(settings["shown"], message, login=login, guard=outbound_guard(), seconds=settings["seconds"])
    except OutboundError as error:
        raise outbound_failure(error) from None
    return gettext("Confirmed by the broker under %(topic)s.") % {"topic": message.topic}


def topic_of(template: str, notice: Notice) -> str:
    texts = {name: IN_NO_NAME.sub("-", text) for name, text in notice.texts().items()}
    topic = format_fill(template, texts)
    return topic.encode()[:TOPIC_MOST_BYTES].decode(errors="ignore")


class MqttForm(EndpointForm):
    shown = ("seconds", "topic", "user", "retain")
    secret = ("password",)

    url = forms.CharField(
        label=_("Broker"),
        max_length=500,
        help_text=_("mqtts://broker.example.com for TLS, or mqtt://; the port is 8883 or 1883 unless you write one."),
        widget=forms.TextInput(attrs={**SECRET, "inputmode": "url", "placeholder": "mqtts://"}),
    )
    topic = forms.CharField(
        label=_("Topic"),
        max_length=300,
        initial="vms/alerts/{site}/{camera}",
        help_text=_("May hold {site}, {camera}, {rule}, {severity}, {policy} and {class}."),
    )
    user = user_field()
    password = password_field()
    retain = forms.BooleanField(label=_("The broker keeps the last message for later readers"), required=False)

    field_order = ("name", "url", "topic", "user", "password", "retain", "seconds", "enabled")

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401  Django's signature
        super().__init__(*args, **kwargs)
        if self.endpoint is not None:
            self.initial["url"] = self.endpoint.settings["shown"]

    def clean_url(self) -> str:
        try:
            return str(target_of(self.cleaned_data["url"], ("mqtts", "mqtt")))
        except ForbiddenTargetError as error:
            raise forms.ValidationError(str(error)) from None

    def clean_topic(self) -> str:
        topic: str = self.cleaned_data["topic"]
        try:
            format_check(topic, TOPIC_NAMES)
        except FormatError as error:
            raise forms.ValidationError(str(error)) from None
        if any(sign in format_fill(topic, {}) for sign in "+#\x00") or topic.startswith("$"):
            raise forms.ValidationError(gettext("A topic to publish to holds no + and #, and does not begin with $."))
        return topic

    def new_settings(self) -> dict[str, Any]:
        return {**super().new_settings(), "shown": self.cleaned_data["url"]}


MQTT = EndpointChannel(
    form=MqttForm, send=send, about=_("A JSON document is published to a broker's topic for each alert.")
)
