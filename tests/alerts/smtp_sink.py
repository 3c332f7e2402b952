"""A real mail server that keeps what it gets and answers as it is told."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from django.conf import LazySettings

from tests.ports import free_port


class Sink:
    """``answers`` are given to the next messages, one each; after them every message is taken."""

    def __init__(self) -> None:
        self.answers: list[str] = []
        self.messages: list[EmailMessage] = []
        self.recipients: list[list[str]] = []

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802  aiosmtpd's name
        if self.answers:
            answer = self.answers.pop(0)
            if not answer.startswith("2"):
                return answer
        parsed: Any = message_from_bytes(envelope.original_content or b"", policy=policy.default)
        self.messages.append(parsed)
        self.recipients.append(list(envelope.rcpt_tos))
        return "250 Taken"


@contextmanager
def running_sink(settings: LazySettings, sink: Sink | None = None) -> Iterator[Sink]:
    """Also points Django's mail settings at it; pytest-django puts them back."""
    sink = sink or Sink()
    controller = Controller(sink, hostname="127.0.0.1", port=free_port(), ready_timeout=60)
    controller.start()
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST = "127.0.0.1"
    settings.EMAIL_PORT = controller.port
    settings.EMAIL_USE_TLS = False
    settings.EMAIL_HOST_USER = ""
    try:
        yield sink
    finally:
        controller.stop()
