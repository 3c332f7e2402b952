"""The filters of every list of alerts."""

from __future__ import annotations

from typing import Any

import django_filters
from django.db.models import QuerySet

from alerts.choices import AlertState
from alerts.models import Alert
from cameras.models import Camera, Site
from cameras.selectors import cameras_visible_to, sites_visible_to
from events.choices import Severity
from vms.filters import MomentFilter


def _sites(request: Any) -> QuerySet[Site]:  # noqa: ANN401  None where the schema is generated
    return sites_visible_to(request.user) if request is not None else Site.objects.none()


def _cameras(request: Any) -> QuerySet[Camera]:  # noqa: ANN401  None where the schema is generated
    return cameras_visible_to(request.user) if request is not None else Camera.objects.none()


class AlertFilter(django_filters.FilterSet):
    """What may be chosen is what the user may see: another's camera is as unknown as none."""

    site = django_filters.ModelMultipleChoiceFilter(field_name="camera__site", queryset=_sites)  # type: ignore[arg-type]  # a callable is allowed
    camera = django_filters.ModelMultipleChoiceFilter(queryset=_cameras)  # type: ignore[arg-type]
    severity = django_filters.MultipleChoiceFilter(choices=Severity.choices)
    state = django_filters.ChoiceFilter(choices=AlertState.choices)
    event = django_filters.UUIDFilter(label="Event")
    raised_after = MomentFilter(field_name="raised_at", lookup_expr="gte", label="From")
    raised_before = MomentFilter(field_name="raised_at", lookup_expr="lt", label="Until")

    class Meta:
        model = Alert
        fields: list[str] = []
