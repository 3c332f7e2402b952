"""The mail that tells a person about an alert."""

from __future__ import annotations

from dataclasses import dataclass
from email.mime.image import MIMEImage
from zoneinfo import ZoneInfo

from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.formats import date_format
from django.utils.translation import gettext

from alerts.choices import Channel
from alerts.mail_links import acknowledge_url
from alerts.mail_stop import stop_headers, stop_url
from alerts.models import Delivery
from alerts.wording.notice import Notice, notice_of, page_language
from alerts.wording.words import words_for
from events.models import Clip, Event
from vms.accounts.models import User
from vms.mail import mail_headers
from vms.storage.media import media_path

SNAPSHOT_ID = "snapshot"
SNAPSHOT_MAX_BYTES = 2 * 2**20


@dataclass(frozen=True, slots=True)
class Reader:
    """Whom the mail is for. A bare address has no account, and so no wishes that it could change."""

    address: str
    user: User | None = None
    acknowledge_url: str = ""


def alert_mail(delivery: Delivery) -> EmailMultiAlternatives:
    """The mail for a delivery, with the picture if it is there already: it does not wait for it."""
    reader = Reader(mail_address(delivery), delivery.recipient, acknowledge_url(delivery))
    return notice_mail(notice_of(delivery), reader, _snapshot(delivery.alert.event) if delivery.alert.event else None)


def notice_mail(notice: Notice, reader: Reader, snapshot: MIMEImage | None = None) -> EmailMultiAlternatives:
    """Build the message. Its Message-ID is the notice's, so that a copy sent twice can be told as one."""
    words = words_for(Channel.EMAIL, notice)
    with translation.override(page_language(notice.language)):
        context = _context(notice, words.body, reader, has_snapshot=snapshot is not None)
        text, page = (render_to_string(f"alerts/mail/alert.{kind}", context) for kind in ("txt", "html"))
    mail = EmailMultiAlternatives(
        subject=words.subject,
        body=text,
        to=[reader.address],
        headers=mail_headers(notice.id) | stop_headers(reader.user),
    )
    mail.attach_alternative(page, "text/html")
    if snapshot is not None:
        # So that programs show the picture in its place and not as an attachment.
        mail.mixed_subtype = "related"  # type: ignore[attr-defined]  # Django has it, its stubs do not
        mail.attach(snapshot)
    return mail


def mail_address(delivery: Delivery) -> str:
    return delivery.recipient.email if delivery.recipient else delivery.address


def _context(notice: Notice, text: str, reader: Reader, *, has_snapshot: bool) -> dict[str, object]:
    at = notice.started_at.astimezone(ZoneInfo(notice.time_zone))
    offset = f"{at:%z}"
    return {
        "notice": notice,
        "text": text,
        "when": date_format(at, gettext("l j F Y, H:i:s")),
        "zone": f"UTC{offset[:3]}:{offset[3:]}, {notice.time_zone}",
        "snapshot_id": SNAPSHOT_ID if has_snapshot else "",
        "acknowledge_url": reader.acknowledge_url,
        "stop_url": stop_url(reader.user) if reader.user else "",
    }


def _snapshot(event: Event) -> MIMEImage | None:
    clip: Clip | None = getattr(event, "clip", None)
    if clip is None or not clip.snapshot_name:
        return None
    path = media_path(clip.snapshot_name)
    try:
        if path.stat().st_size > SNAPSHOT_MAX_BYTES:
            return None
        image = MIMEImage(path.read_bytes())
    except (FileNotFoundError, TypeError):  # deleted meanwhile; or not a picture that mail programs know
        return None
    image.add_header("Content-ID", f"<{SNAPSHOT_ID}>")
    image.add_header("Content-Disposition", "inline", filename=f"snapshot.{image.get_content_subtype()}")
    return image
