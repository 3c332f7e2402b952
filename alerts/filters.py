"""The filters of every list of alerts."""

from __future__ import annotations

import django_filters
from django.utils.translation import gettext_lazy as _

from alerts.choices import AlertState, SystemCategory
from alerts.models import Alert
from cameras.filters import cameras_to_choose, groups_to_choose, sites_to_choose
from events.choices import Severity
from vms.filters import MomentFilter


class AlertFilter(django_filters.FilterSet):
    """What may be chosen is what the user may see: another's camera is as unknown as none."""

    site = django_filters.ModelMultipleChoiceFilter(field_name="camera__site", queryset=sites_to_choose)  # type: ignore[arg-type]  # a callable is allowed
    camera = django_filters.ModelMultipleChoiceFilter(queryset=cameras_to_choose)  # type: ignore[arg-type]
    group = django_filters.ModelChoiceFilter(field_name="camera__groups", queryset=groups_to_choose)  # type: ignore[arg-type]  # a callable is allowed
    system_category = django_filters.MultipleChoiceFilter(choices=SystemCategory.choices)
    severity = django_filters.MultipleChoiceFilter(choices=Severity.choices)
    state = django_filters.ChoiceFilter(choices=AlertState.choices)
    event = django_filters.UUIDFilter(label=_("Event"))
    raised_after = MomentFilter(field_name="raised_at", lookup_expr="gte", label=_("From"))
    raised_before = MomentFilter(field_name="raised_at", lookup_expr="lt", label=_("Until"))

    class Meta:
        model = Alert
        fields: list[str] = []
