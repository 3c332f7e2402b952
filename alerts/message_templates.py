"""A site's own words for messages: an admin's work."""

from __future__ import annotations

from django.db import transaction
from django.utils.translation import gettext as _

from alerts.choices import Channel
from alerts.models import MessageTemplate
from alerts.wording.formats import FormatError, format_check
from alerts.wording.words import NAMES_KNOWN
from vms.accounts.models import User
from vms.accounts.services import admin_require
from vms.audit.services import audit_record
from vms.errors import InvalidError
from vms.validation import model_save


@transaction.atomic
def template_save(*, user: User, channel: Channel, language: str, subject: str, body: str) -> MessageTemplate:
    """Use these words for a channel and language from now on.

    Raises:
        ForbiddenError: the user is no admin.
        InvalidError: they cannot be filled; ``fields`` says where and why.
    """
    admin_require(user)
    template_check(subject=subject, body=body)
    stored = MessageTemplate.objects.select_for_update().filter(channel=channel, language=language).first()
    template = stored or MessageTemplate(channel=channel, language=language)
    template.subject, template.body = subject, body
    model_save(template)
    audit_record(actor=user, action="template.saved", target=template, channel=channel.value, language=language)
    return template


@transaction.atomic
def template_delete(*, user: User, template: MessageTemplate) -> None:
    """Back to VMS's own words. Raises ForbiddenError: the user is no admin."""
    admin_require(user)
    audit_record(
        actor=user, action="template.deleted", target=template, channel=template.channel, language=template.language
    )
    template.delete()


def template_check(*, subject: str, body: str) -> None:
    """Raise InvalidError unless both can be filled."""
    fields: dict[str, list[str]] = {}
    for name, text in (("subject", subject), ("body", body)):
        try:
            format_check(text, NAMES_KNOWN)
        except FormatError as error:
            fields[name] = [str(error)]
    if "\n" in subject or "\r" in subject:
        fields.setdefault("subject", []).append(_("The subject is one line."))
    if fields:
        name, sentences = next(iter(fields.items()))
        raise InvalidError(f"{name}: {sentences[0]}", fields=fields)
