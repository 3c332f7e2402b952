"""The filters of every list of dead letters: the page's and the API's."""

from __future__ import annotations

from typing import Any

import django_filters
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from cameras.filters import cameras_to_choose
from vms.filters import MomentFilter
from workers.choices import LETTER_KINDS, DeadLetterState
from workers.models import DeadLetter, WorkerNode
from workers.selectors import nodes_visible_to
from workers.services.replays import REPLAYS


def kinds() -> list[tuple[str, str]]:
    """At the time of asking, since other apps may have added some."""
    return [(kind, str(LETTER_KINDS.get(kind, kind))) for kind in REPLAYS]


def nodes_to_choose(request: Any) -> QuerySet[WorkerNode]:  # noqa: ANN401  None where the schema is generated
    return nodes_visible_to(request.user) if request is not None else WorkerNode.objects.none()


class DeadLetterFilter(django_filters.FilterSet):
    """What may be chosen is what the user may see: another's camera is as unknown as none."""

    kind = django_filters.MultipleChoiceFilter(choices=kinds, label=_("Kind"))
    state = django_filters.ChoiceFilter(choices=DeadLetterState.choices, label=_("State"), empty_label=_("All"))
    node = django_filters.ModelChoiceFilter(queryset=nodes_to_choose, label=_("Worker"), empty_label=_("All"))  # type: ignore[arg-type]  # a callable is allowed
    camera = django_filters.ModelChoiceFilter(queryset=cameras_to_choose, label=_("Camera"), empty_label=_("All"))  # type: ignore[arg-type]  # as above
    kept_after = MomentFilter(field_name="at", lookup_expr="gte", label=_("From"))
    kept_before = MomentFilter(field_name="at", lookup_expr="lt", label=_("Until"))
    search = django_filters.CharFilter(method="by_text", label=_("Search"), max_length=200)

    class Meta:
        model = DeadLetter
        fields: list[str] = []

    def by_text(self, letters: QuerySet[DeadLetter], name: str, value: str) -> QuerySet[DeadLetter]:
        return letters.filter(Q(reason__icontains=value) | Q(subject__iexact=value) | Q(outcome__icontains=value))
