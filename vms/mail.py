"""Handing a mail to the mail server: its identity, and what a refusal means."""

from __future__ import annotations

import smtplib
import uuid
from urllib.parse import urlsplit

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.mail import BadHeaderError, EmailMessage
from django.core.validators import validate_email

PERMANENT_FROM = 500
SUBJECT_MAX_CHARACTERS = 180


class MailError(Exception):
    """The mail was not taken; the text says why in plain words. ``permanent``: trying again cannot help."""

    def __init__(self, message: str, *, permanent: bool) -> None:
        super().__init__(message)
        self.permanent = permanent


def mail_headers(identity: uuid.UUID) -> dict[str, str]:
    """The same ``identity`` gives the same Message-ID, so that a mail sent twice can be told as one."""
    domain = urlsplit(settings.BASE_URL).hostname or "localhost"
    return {
        "Message-ID": f"<{identity}@{domain}>",
        "Auto-Submitted": "auto-generated",
        "X-Auto-Response-Suppress": "All",
    }


def subject_line(text: str) -> str:
    """One printable line, whatever the names in it hold: a line break would begin another header."""
    printable = "".join(character if character.isprintable() else " " for character in text)
    return " ".join(printable.split())[:SUBJECT_MAX_CHARACTERS]


def mail_send(mail: EmailMessage) -> None:
    """Hand the mail over.

    Raises:
        MailError: it was not taken.
    """
    try:
        for address in mail.to:
            validate_email(address)
        sent = mail.send()
    except (ValidationError, BadHeaderError, UnicodeError) as error:
        raise MailError("The recipient's e-mail address cannot be used.", permanent=True) from error
    except (smtplib.SMTPException, OSError) as error:
        raise _refusal(error) from error
    if not sent:
        raise MailError("The mail server took no message.", permanent=False)


def _refusal(error: smtplib.SMTPException | OSError) -> MailError:
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        code, answer = next(iter(error.recipients.values()))
        return _by_code(code, answer)
    if isinstance(error, smtplib.SMTPAuthenticationError):
        # Ours to mend, and the mail is good: it is worth keeping.
        return MailError(f"The mail server refused our log-in: {_words(error.smtp_error)}", permanent=False)
    if isinstance(error, smtplib.SMTPResponseException):
        return _by_code(error.smtp_code, error.smtp_error)
    why = _words(str(error)) or type(error).__name__
    return MailError(f"The mail server cannot be reached: {why}", permanent=False)


def _by_code(code: int, answer: bytes | str) -> MailError:
    return MailError(f"The mail server answered {code}: {_words(answer)}", permanent=code >= PERMANENT_FROM)


def _words(answer: bytes | str) -> str:
    text = answer.decode(errors="replace") if isinstance(answer, bytes) else answer
    return " ".join(text.split())[:500]
