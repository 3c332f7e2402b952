"""The inbox: the row itself is the message, and open pages of the recipient are told."""

from __future__ import annotations

from collections.abc import Iterable

from django.utils import timezone
from django.utils.translation import gettext as _

from alerts.channels.outcome import PermanentDeliveryError
from alerts.live import alert_message
from alerts.models import Delivery
from alerts.wording.notice import Notice
from events.live import push, push_all, user_group
from vms.accounts.models import User


def send(delivery: Delivery) -> str:
    if delivery.recipient_id is None:
        raise PermanentDeliveryError(_("Only a person has an inbox."))
    push_deliveries([delivery])
    return _("Shown in the inbox.")


def push_deliveries(deliveries: Iterable[Delivery]) -> None:
    """Tell the open pages of those whose inbox has them: a policy can tell hundreds."""
    push_all(
        [
            (user_group(delivery.recipient_id), alert_message("alert.raised", delivery.alert))
            for delivery in deliveries
            if delivery.recipient_id is not None
        ]
    )


def send_to(user: User, notice: Notice) -> str:
    """A test leaves nothing in the inbox: open pages of the user make the sound and the message that they chose."""
    data = {
        "event_id": "",
        "camera": notice.rule,
        "severity": notice.severity.value,
        "state": "open",
        "message": notice.message,
        "raised_at": timezone.now().isoformat(),
        "acknowledged_by": "",
    }
    push(user_group(user.pk), {"kind": "alert.raised", "id": str(notice.id), "camera_id": None, "data": data})
    return _("Pushed to your open pages: with sound or a desktop message where you chose them.")
