"""Webhooks: a signed JSON document by HTTP, as Standard Webhooks describes (docs/webhooks.md)."""

from __future__ import annotations

import time

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from alerts.channels.endpoint import EndpointChannel, outbound_failure, outbound_guard
from alerts.channels.outcome import DeliveryError, PermanentDeliveryError, TemporaryDeliveryError, seconds_asked
from alerts.channels.webhook.payload import payload_of
from alerts.channels.webhook.setup import WebhookForm
from alerts.channels.webhook.signing import signature_header
from alerts.choices import Channel
from alerts.models import Endpoint
from alerts.wording.notice import Notice
from alerts.wording.words import words_for
from vms.database import connection_leave
from vms.outbound.errors import OutboundError
from vms.outbound.http import HttpAnswer, http_post

WORTH_ANOTHER_TRY = frozenset({408, 425, 429})


def send(endpoint: Endpoint, notice: Notice) -> str:
    body = payload_of(notice, words_for(Channel.WEBHOOK, notice)).model_dump_json(indent=None).encode()
    secrets = endpoint.secrets
    identity, timestamp = str(notice.id), str(int(time.time()))
    headers = {
        "Content-Type": "application/json",
        "User-Agent": "VMS-Webhook/1",
        "webhook-id": identity,
        "webhook-timestamp": timestamp,
        "webhook-signature": signature_header(secrets["keys"], identity, timestamp, body),
    }
    connection_leave()
    try:
        answer = http_post(
            secrets["url"], body=body, headers=headers, guard=outbound_guard(), seconds=endpoint.settings["seconds"]
        )
    except OutboundError as error:
        raise outbound_failure(error) from None
    if not 200 <= answer.status < 300:
        raise _refusal(answer)
    return gettext("Taken with %(status)s.") % {"status": answer.status}


def _refusal(answer: HttpAnswer) -> DeliveryError:
    if 300 <= answer.status < 400:
        return PermanentDeliveryError(
            gettext("Answered %(status)s, which leads elsewhere. Set the address that it leads to; none is followed.")
            % {"status": answer.status}
        )
    words = " ".join(answer.text.split())[:200]
    sentence = (
        gettext("Answered %(status)s: %(words)s") % {"status": answer.status, "words": words}
        if words
        else gettext("Answered %(status)s.") % {"status": answer.status}
    )
    if answer.status >= 500 or answer.status in WORTH_ANOTHER_TRY:
        return TemporaryDeliveryError(sentence, retry_after=seconds_asked(answer.headers.get("Retry-After", "")))
    return PermanentDeliveryError(sentence)


WEBHOOK = EndpointChannel(
    form=WebhookForm, send=send, about=_("A signed JSON document is posted to an address of yours for each alert.")
)
