"""E-mail by SMTP: which answers mean "later" and which mean "never"."""

from __future__ import annotations

import smtplib

from django.core.exceptions import ValidationError
from django.core.mail import BadHeaderError
from django.core.validators import validate_email

from alerts.channels.outcome import DeliveryError, PermanentDeliveryError, TemporaryDeliveryError
from alerts.mail import alert_mail
from alerts.models import Delivery

PERMANENT_FROM = 500


def send(delivery: Delivery) -> str:
    address = delivery.recipient.email
    try:
        validate_email(address)
        sent = alert_mail(delivery).send()
    except (ValidationError, BadHeaderError, UnicodeError) as error:
        raise PermanentDeliveryError("The recipient's e-mail address cannot be used.") from error
    except (smtplib.SMTPException, OSError) as error:
        raise smtp_failure(error) from error
    if not sent:
        raise TemporaryDeliveryError("The mail server took no message.")
    return f"Taken by the mail server for {address}."


def smtp_failure(error: smtplib.SMTPException | OSError) -> DeliveryError:
    """What a failed hand-over means. A refused log-in is ours to mend, so the message is worth keeping."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        code, answer = next(iter(error.recipients.values()))
        return _by_code(code, answer)
    if isinstance(error, smtplib.SMTPAuthenticationError):
        return TemporaryDeliveryError(f"The mail server refused our log-in: {_words(error.smtp_error)}")
    if isinstance(error, smtplib.SMTPResponseException):
        return _by_code(error.smtp_code, error.smtp_error)
    return TemporaryDeliveryError(f"The mail server cannot be reached: {_words(str(error)) or type(error).__name__}")


def _by_code(code: int, answer: bytes | str) -> DeliveryError:
    kind = PermanentDeliveryError if code >= PERMANENT_FROM else TemporaryDeliveryError
    return kind(f"The mail server answered {code}: {_words(answer)}")


def _words(answer: bytes | str) -> str:
    text = answer.decode(errors="replace") if isinstance(answer, bytes) else answer
    return " ".join(text.split())[:500]
