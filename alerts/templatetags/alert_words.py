"""Words of alert policies: whole roles, and the ways they are told by."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from django import template
from django.db.models import Model
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from alerts.choices import Channel
from alerts.models import AlertPolicy
from vms.accounts.choices import Role

register = template.Library()
FEW = 5

EVERYBODY = {
    Role.ADMIN: _("all admins"),
    Role.SUPERVISOR: _("all supervisors"),
    Role.VIEWER: _("all viewers"),
}


@register.filter
def everybody_of(role: str) -> str:
    return str(EVERYBODY[Role(role)])


@register.filter
def places_of(policy: AlertPolicy) -> list[Collection[Model]]:
    """The sites, cameras and groups that it names; none: it is about every camera."""
    chosen: list[Collection[Model]] = [policy.sites.all(), policy.cameras.all(), policy.camera_groups.all()]
    return [rows for rows in chosen if rows]


@register.filter
def few_names(rows: Collection[object]) -> str:
    """The first of them, and how many more there are."""
    names = ", ".join(str(row) for row in list(rows)[:FEW])
    more = len(rows) - FEW
    return gettext("%(names)s and %(more)s more") % {"names": names, "more": more} if more > 0 else names


@register.filter
def channel_labels(channels: Iterable[str]) -> str:
    return ", ".join(str(Channel(channel).label) for channel in channels)
