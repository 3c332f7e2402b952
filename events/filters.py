"""The filters of every list of events, and of track logs: the page's and the API's."""

from __future__ import annotations

from typing import Any

import django_filters
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from cameras.filters import cameras_to_choose, groups_to_choose, sites_to_choose
from events.choices import EventState, Severity, Verdict
from events.models import Event, TrackLog
from rules.models import Rule
from rules.selectors import rules_of_events
from vms.filters import MomentFilter


def _rules(request: Any) -> QuerySet[Rule]:  # noqa: ANN401  None where the schema is generated
    return rules_of_events(request.user) if request is not None else Rule.objects.none()


class EventFilter(django_filters.FilterSet):
    """What may be chosen is what the user may see: another's camera is as unknown as none."""

    site = django_filters.ModelMultipleChoiceFilter(field_name="camera__site", queryset=sites_to_choose)  # type: ignore[arg-type]  # a callable is allowed
    camera = django_filters.ModelMultipleChoiceFilter(queryset=cameras_to_choose)  # type: ignore[arg-type]  # a callable is allowed
    group = django_filters.ModelChoiceFilter(field_name="camera__groups", queryset=groups_to_choose)  # type: ignore[arg-type]  # a callable is allowed
    rule = django_filters.ModelMultipleChoiceFilter(queryset=_rules)  # type: ignore[arg-type]  # a callable is allowed
    class_name = django_filters.CharFilter(label=_("Class"), max_length=64)
    severity = django_filters.MultipleChoiceFilter(choices=Severity.choices)
    state = django_filters.ChoiceFilter(choices=EventState.choices)
    verdict = django_filters.MultipleChoiceFilter(choices=Verdict.choices)
    started_after = MomentFilter(field_name="started_at", lookup_expr="gte", label=_("From"))
    started_before = MomentFilter(field_name="started_at", lookup_expr="lt", label=_("Until"))

    class Meta:
        model = Event
        fields: list[str] = []


class TrackLogFilter(django_filters.FilterSet):
    site = django_filters.ModelMultipleChoiceFilter(field_name="camera__site", queryset=sites_to_choose)  # type: ignore[arg-type]  # a callable is allowed
    camera = django_filters.ModelMultipleChoiceFilter(queryset=cameras_to_choose)  # type: ignore[arg-type]  # a callable is allowed
    ends_after = MomentFilter(field_name="ends_at", lookup_expr="gt", label=_("From"))
    starts_before = MomentFilter(field_name="starts_at", lookup_expr="lt", label=_("Until"))

    class Meta:
        model = TrackLog
        fields: list[str] = []
