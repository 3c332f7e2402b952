"""E-mail."""

from __future__ import annotations

from django.core.mail import EmailMultiAlternatives
from django.utils.translation import gettext as _

from alerts.channels.outcome import PermanentDeliveryError, TemporaryDeliveryError
from alerts.digest_mail import digest_mail
from alerts.mail import Reader, alert_mail, mail_address, notice_mail
from alerts.models import Delivery
from alerts.wording.notice import Notice
from vms.accounts.models import User
from vms.database import connection_leave
from vms.mail import MailError, mail_send


def send(delivery: Delivery) -> str:
    is_digest = delivery.gathered.exists()
    return _handed_over(digest_mail(delivery, mail_address(delivery)) if is_digest else alert_mail(delivery))


def send_to(user: User, notice: Notice) -> str:
    return _handed_over(notice_mail(notice, Reader(user.email, user)))


def _handed_over(mail: EmailMultiAlternatives) -> str:
    connection_leave()
    try:
        mail_send(mail)
    except MailError as error:
        raise (PermanentDeliveryError if error.permanent else TemporaryDeliveryError)(str(error)) from error
    return _("Taken by the mail server for %(to)s.") % {"to": mail.to[0]}
