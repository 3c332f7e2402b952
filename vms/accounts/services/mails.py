"""Mails to somebody about their own account, in their language."""

from __future__ import annotations

from django.core.mail import EmailMessage
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.functional import Promise

from vms.accounts.models import User
from vms.mail import mail_send, subject_line


def account_mail(*, person: User, subject: Promise, name: str, context: dict[str, object]) -> None:
    """Send ``accounts/mail/<name>.txt``.

    Raises:
        MailError: it was not taken.
    """
    with translation.override(person.language):
        text = render_to_string(f"accounts/mail/{name}.txt", {"person": person, **context})
        line = subject_line(str(subject))
    mail_send(EmailMessage(line, text, to=[person.email]))
