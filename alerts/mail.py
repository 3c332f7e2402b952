"""The mail that tells a person about an alert."""

from __future__ import annotations

from email.mime.image import MIMEImage
from zoneinfo import ZoneInfo

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string

from alerts.models import Alert, Delivery
from events.models import Clip, Event
from vms.mail import mail_headers, subject_line
from vms.storage.media import media_path

SNAPSHOT_ID = "snapshot"
SNAPSHOT_MAX_BYTES = 2 * 2**20


def alert_mail(delivery: Delivery) -> EmailMultiAlternatives:
    """Build the message. Its Message-ID is the delivery's, so that a copy sent twice can be told as one."""
    alert = delivery.alert
    snapshot = _snapshot(alert.event)
    context = _context(alert, has_snapshot=snapshot is not None)
    mail = EmailMultiAlternatives(
        subject=alert_subject(alert),
        body=render_to_string("alerts/mail/alert.txt", context),
        to=[mail_address(delivery)],
        headers=mail_headers(delivery.id),
    )
    mail.attach_alternative(render_to_string("alerts/mail/alert.html", context), "text/html")
    if snapshot is not None:
        # So that programs show the picture in its place and not as an attachment.
        mail.mixed_subtype = "related"  # type: ignore[attr-defined]  # Django has it, its stubs do not
        mail.attach(snapshot)
    return mail


def mail_address(delivery: Delivery) -> str:
    return delivery.recipient.email if delivery.recipient else delivery.address


def alert_subject(alert: Alert) -> str:
    """For example ``[High] Person in Yard - Gate 2, 14:03`` (with a long dash): one line, whatever the names hold."""
    at = alert.event.started_at.astimezone(ZoneInfo(alert.camera.site.time_zone))
    names = f"{alert.event.rule.name} \N{EN DASH} {alert.camera.name}"
    return subject_line(f"[{alert.get_severity_display()}] {names}, {at:%H:%M}")


def event_url(event: Event) -> str:
    return f"{settings.BASE_URL}/events/{event.id}/"


def _context(alert: Alert, *, has_snapshot: bool) -> dict[str, object]:
    at = alert.event.started_at.astimezone(ZoneInfo(alert.camera.site.time_zone))
    offset = f"{at:%z}"
    return {
        "alert": alert,
        "event": alert.event,
        "when": f"{at:%A} {at.day} {at:%B %Y, %H:%M:%S}",
        "zone": f"UTC{offset[:3]}:{offset[3:]}, {alert.camera.site.time_zone}",
        "url": event_url(alert.event),
        "snapshot_id": SNAPSHOT_ID if has_snapshot else "",
    }


def _snapshot(event: Event) -> MIMEImage | None:
    """The picture if it is there already: the mail does not wait for it."""
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
