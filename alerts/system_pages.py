"""Where a person goes to look after a trouble of the platform."""

from __future__ import annotations

from dataclasses import dataclass

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from alerts.choices import DeliveryState, SystemCategory
from alerts.models import SystemEvent


@dataclass(frozen=True, slots=True)
class TroublePage:
    url: str
    words: str | Promise


def system_page(trouble: SystemEvent) -> TroublePage:
    """Whoever sees the trouble may open it."""
    if trouble.category == SystemCategory.DEAD_LETTERS:
        return TroublePage(reverse("letter_list"), _("Dead letters"))
    if trouble.category == SystemCategory.ENDPOINT:
        return TroublePage(reverse("endpoint_detail", args=[int(trouble.subject)]), _("The endpoint"))
    if trouble.category == SystemCategory.MAIL:
        return TroublePage(f"{reverse('delivery_list')}?state={DeliveryState.QUEUED}", _("Messages that wait"))
    if trouble.category == SystemCategory.DISK and trouble.subject == "storage":
        return TroublePage(reverse("health"), _("Health"))
    return TroublePage(reverse("fleet"), _("Fleet"))
