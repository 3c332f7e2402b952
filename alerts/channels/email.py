"""E-mail."""

from __future__ import annotations

from alerts.channels.outcome import PermanentDeliveryError, TemporaryDeliveryError
from alerts.digest_mail import digest_mail
from alerts.mail import alert_mail, mail_address
from alerts.models import Delivery
from vms.mail import MailError, mail_send


def send(delivery: Delivery) -> str:
    try:
        is_digest = delivery.gathered.exists()
        mail_send(digest_mail(delivery, mail_address(delivery)) if is_digest else alert_mail(delivery))
    except MailError as error:
        raise (PermanentDeliveryError if error.permanent else TemporaryDeliveryError)(str(error)) from error
    return f"Taken by the mail server for {mail_address(delivery)}."
