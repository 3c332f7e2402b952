"""The link at the end of each mail by which its reader stops them, without signing in."""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings
from django.core import signing
from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _

from alerts.choices import Channel
from alerts.models import Preference
from vms.accounts.models import User
from vms.audit.services import audit_record
from vms.errors import DomainError, NotFoundError

SALT = "alerts.mail-stop"
GOOD_DAYS = 90


class LinkExpiredError(DomainError):
    code = "gone"
    http_status = 410


def stop_url(user: User) -> str:
    """It holds no secret but itself, does one thing, and that can be taken back. Old mails lie about, so it ends."""
    token = signing.TimestampSigner(salt=SALT).sign_object(user.pk)
    return settings.BASE_URL + reverse("mail_stop", args=[token])


def stop_headers(user: User | None) -> dict[str, str]:
    """RFC 8058: a mail program may offer to stop these mails, by one request and without a question."""
    if user is None:
        return {}
    return {"List-Unsubscribe": f"<{stop_url(user)}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"}


def stop_user(token: str) -> User:
    """Whose mails a link stops.

    Raises:
        LinkExpiredError: it is too old.
        NotFoundError: it is not one of ours.
    """
    try:
        user_id = signing.TimestampSigner(salt=SALT).unsign_object(token, max_age=timedelta(days=GOOD_DAYS))
    except signing.SignatureExpired:
        raise LinkExpiredError(
            _(
                "This link has expired: it works for %(days)s days. Take one of a newer mail, or sign in and choose "
                "under Account, What I am told."
            )
            % {"days": GOOD_DAYS}
        ) from None
    except (signing.BadSignature, ValueError):
        user_id = None
    user = User.objects.filter(pk=user_id, is_active=True).first()
    if user is None:
        raise NotFoundError(_("This link stops nobody's mails."))
    return user


def mails_stop(*, user: User) -> None:
    """No alert mails to this person until they change it themselves; asked twice, it stays so."""
    with transaction.atomic():
        wish, _ = Preference.objects.get_or_create(user=user, channel=Channel.EMAIL)
        if wish.enabled:
            Preference.objects.filter(pk=wish.pk).update(enabled=False)
            audit_record(actor=user, action="mails.stopped", target=user)
