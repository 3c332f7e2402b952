"""The sentences of a message: from the template of its channel and language, or the ones that VMS brings."""

from __future__ import annotations

from dataclasses import dataclass

import structlog

from alerts.choices import Channel
from alerts.models import MessageTemplate
from alerts.wording.formats import FormatError, format_check, format_fill
from alerts.wording.notice import NAMES, Notice, one_line

DEFAULT_SUBJECT = "[{severity}] {rule} \N{EN DASH} {camera}, {time}"
DEFAULT_BODY = "{message}\n{site} \N{EN DASH} {camera}, {date}, {time} ({zone})\n{url}"
DEFAULT_BODIES = {
    Channel.EMAIL: "{message}",  # the mail's own table says the rest
    Channel.WEB_PUSH: "{message}\n{site}, {time}",
}
NAMES_KNOWN = frozenset(NAMES)
SUBJECT_MAX_CHARACTERS = 180
BODY_MAX_CHARACTERS = 3_000

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Words:
    """Plain text: ``subject`` is one line, ``body`` may have several."""

    subject: str
    body: str


def words_for(channel: Channel, notice: Notice) -> Words:
    """A template that is missing or can no longer be filled never keeps a message back."""
    if notice.kind == "digest":
        return Words(notice.message, f"{notice.text}\n{notice.url}")
    template = MessageTemplate.objects.filter(channel=channel, language=notice.language).first()
    if template is not None:
        try:
            for text in (template.subject, template.body):
                format_check(text, NAMES_KNOWN)
            return words_filled(template.subject, template.body, notice)
        except FormatError:
            log.error("template.broken", channel=channel.value, language=notice.language)
    return words_filled(DEFAULT_SUBJECT, default_body(channel), notice)


def words_filled(subject: str, body: str, notice: Notice) -> Words:
    texts = notice.texts()
    filled = format_fill(body, texts).replace("\r\n", "\n").strip()
    lines = "\n".join(one_line(line) for line in filled.split("\n"))
    return Words(one_line(format_fill(subject, texts))[:SUBJECT_MAX_CHARACTERS], lines[:BODY_MAX_CHARACTERS])


def default_body(channel: Channel) -> str:
    return DEFAULT_BODIES.get(channel, DEFAULT_BODY)
