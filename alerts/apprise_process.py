"""The child process in which Apprise sends one message to one address: ``python -m alerts.apprise_process``.

Apprise's services open connections by libraries of their own, some to hosts that the address names. In a process of
its own all of them are held by one enclosure, a service that hangs can be ended, and the address, which is a secret,
is gone with the process.
"""

from __future__ import annotations

import logging
import re
import sys

import apprise

from alerts.apprise_exchange import AppriseAnswer, AppriseRequest
from alerts.chat_services import chat_service
from vms.outbound.enclosure import Enclosure
from vms.outbound.networks import Guard

SHORTEST_SECRET = 4
MOST_WORDS = 400
UNKNOWN = "The address is of no service that is known here, or incomplete."
REFUSED = "The address leads into a network to which nothing may be sent."

KINDS = {
    "low": apprise.NotifyType.INFO,
    "medium": apprise.NotifyType.WARNING,
    "high": apprise.NotifyType.WARNING,
    "critical": apprise.NotifyType.FAILURE,
}


def apprise_send(request: AppriseRequest) -> AppriseAnswer:
    """Send; from then on this process connects only to where ``request.networks`` and the public internet are."""
    asset = apprise.AppriseAsset(storage_mode=apprise.PersistentStoreMode.MEMORY, allow_templates=False)
    asset.async_mode = asset.http_redirects = False
    sender = apprise.Apprise(asset=asset)
    words = _Words()
    logging.getLogger("apprise").addHandler(words)
    # One service: what ``add`` is given as a text may be a list, with services in it that act on this machine.
    service = apprise.Apprise.instantiate(request.url, asset=asset) if chat_service(request.url) else None
    if service is None or not sender.add(service):
        return AppriseAnswer(sent=False, forbidden=True, sentence=UNKNOWN)
    enclosure = Enclosure(Guard(request.networks))
    enclosure.close()
    kind = KINDS.get(request.severity, apprise.NotifyType.INFO)
    sent = bool(sender.notify(title=request.title, body=request.body, notify_type=kind, body_format="text"))
    if enclosure.refused:
        return AppriseAnswer(sent=sent, forbidden=True, sentence=REFUSED)
    if sent:
        return AppriseAnswer(sent=True, sentence="Taken by the service.")
    return AppriseAnswer(sent=False, sentence=words.said(request.url) or "The service did not take it.")


class _Words(logging.Handler):
    """What Apprise says went wrong."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(record.getMessage())

    def said(self, url: str) -> str:
        text = " ".join(" ".join(self.lines).split())
        for secret in sorted(re.split(r"[/:@?&=,+ ]+", url), key=len, reverse=True):
            if len(secret) >= SHORTEST_SECRET:
                text = text.replace(secret, "…")
        return text[:MOST_WORDS]


def main() -> None:
    answer = apprise_send(AppriseRequest.model_validate_json(sys.stdin.readline()))
    sys.stdout.write(answer.model_dump_json() + "\n")


if __name__ == "__main__":
    main()
