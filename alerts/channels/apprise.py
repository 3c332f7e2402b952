"""Chats and other services through Apprise, in a child process (alerts/apprise_process.py)."""

from __future__ import annotations

import re
from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from alerts.apprise_exchange import AppriseAnswer, AppriseRequest
from alerts.channels.endpoint import EndpointChannel, EndpointForm
from alerts.channels.outcome import DeliveryError, PermanentDeliveryError, TemporaryDeliveryError
from alerts.chat_services import chat_service
from alerts.choices import Channel
from alerts.models import Endpoint
from alerts.wording.notice import Notice
from alerts.wording.words import words_for
from vms.children import child_asked
from vms.database import connection_leave
from vms.login_fields import SECRET

STARTING_SECONDS = 5
"""Python and Apprise need about one; more on a busy machine."""
REFUSED_FOR_GOOD = re.compile(r"error=4(?!08|25|29)\d\d")


def send(endpoint: Endpoint, notice: Notice) -> str:
    words = words_for(Channel.APPRISE, notice)
    request = AppriseRequest(
        url=endpoint.secrets["url"],
        title=words.subject,
        body=words.body,
        severity=notice.severity.value,
        networks=settings.OUTBOUND_NETWORKS,
    )
    seconds = endpoint.settings["seconds"]
    connection_leave()
    result = child_asked("alerts.apprise_process", request, AppriseAnswer, seconds=seconds + STARTING_SECONDS)
    if result.answer is None:
        ended = (
            gettext("%(service)s took longer than %(seconds)s s.")
            if result.code is None
            else gettext("%(service)s ended on what it was told.")
        )
        raise TemporaryDeliveryError(ended % {"service": endpoint.settings["service"], "seconds": seconds})
    if not result.answer.sent:
        raise _refusal(result.answer)
    return result.answer.sentence


def _refusal(answer: AppriseAnswer) -> DeliveryError:
    for_good = answer.forbidden or REFUSED_FOR_GOOD.search(answer.sentence)
    return (PermanentDeliveryError if for_good else TemporaryDeliveryError)(answer.sentence)


class AppriseForm(EndpointForm):
    secret = ("url",)

    url = forms.CharField(
        label=_("Address"),
        max_length=2_000,
        help_text=_("As Apprise writes it, such as slack://TokenA/TokenB/TokenC/ or tgram://bot-token/chat-id."),
        widget=forms.TextInput(attrs=SECRET),
    )

    field_order = ("name", "url", "seconds", "enabled")

    def clean_url(self) -> str:
        url: str = self.cleaned_data["url"]
        if url and (chat_service(url) is None or not url.isprintable()):
            raise forms.ValidationError(gettext("The address is of none of the services below."))
        return url

    def new_settings(self) -> dict[str, Any]:
        service = chat_service(self.new_secrets()["url"]) or ""
        return {**super().new_settings(), "service": service, "shown": service}


APPRISE = EndpointChannel(
    form=AppriseForm,
    send=send,
    about=_("Slack, Teams, Telegram and others, by the address that each gives you."),
)
