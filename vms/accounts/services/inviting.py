"""Links by which a person sets their password: signed, for three days, and used up by the first use."""

from __future__ import annotations

from django.conf import settings
from django.contrib.auth.tokens import PasswordResetTokenGenerator
from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_encode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from vms.accounts.models import User
from vms.accounts.services import admin_require
from vms.accounts.services.mails import account_mail
from vms.audit.services import audit_record
from vms.errors import ConflictError


class InvitationTokens(PasswordResetTokenGenerator):
    """The password's hash is signed too: once another is set, and once a newer link is made, the old one is void."""

    key_salt = "vms.accounts.invitation"


invitation_tokens = InvitationTokens()
SUBJECT = gettext_lazy("Your account for VMS")
LINK_HOURS = settings.PASSWORD_RESET_TIMEOUT // 3600


@transaction.atomic
def invitation_make(*, user: User, person: User) -> str:
    """The address at which ``person`` sets a password. A password that they have holds until then.

    Raises:
        ForbiddenError: ``user`` is no admin.
        ConflictError: the person is switched off.
    """
    admin_require(user)
    if not person.is_active:
        raise ConflictError(_("Switch the account on first."))
    if not person.has_usable_password():
        person.set_unusable_password()  # another one, so that earlier links hold no more
    person.invited_at = timezone.now()
    person.save(update_fields=["password", "invited_at"])
    audit_record(actor=user, action="user.invited", target=person, username=person.username, email=person.email)
    key = urlsafe_base64_encode(force_bytes(person.pk))
    return settings.BASE_URL + reverse("invitation", args=[key, invitation_tokens.make_token(person)])


def invitation_mail(*, user: User, person: User, link: str) -> None:
    """Send the link, in the person's language.

    Raises:
        MailError: it was not taken.
    """
    context = {"by": user, "link": link, "hours": LINK_HOURS}
    account_mail(person=person, subject=SUBJECT, name="invitation", context=context)
