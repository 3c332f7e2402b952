"""Words of alert policies: whole roles, and the ways they are told by."""

from __future__ import annotations

from collections.abc import Iterable

from django import template
from django.utils.translation import gettext_lazy as _

from alerts.choices import Channel
from vms.accounts.choices import Role

register = template.Library()

EVERYBODY = {
    Role.ADMIN: _("all admins"),
    Role.SUPERVISOR: _("all supervisors"),
    Role.VIEWER: _("all viewers"),
}


@register.filter
def everybody_of(role: str) -> str:
    return str(EVERYBODY[Role(role)])


@register.filter
def channel_labels(channels: Iterable[str]) -> str:
    return ", ".join(str(Channel(channel).label) for channel in channels)
