"""The filters of lists of back-tests."""

from __future__ import annotations

from typing import Any

import django_filters
from django.db.models import QuerySet

from rules.choices import BacktestState
from rules.models import Backtest, Rule
from rules.selectors import rules_visible_to


def _rules(request: Any) -> QuerySet[Rule]:  # noqa: ANN401  None where the schema is generated
    return rules_visible_to(request.user) if request is not None else Rule.objects.none()


class BacktestFilter(django_filters.FilterSet):
    rule = django_filters.ModelMultipleChoiceFilter(queryset=_rules)  # type: ignore[arg-type]  # a callable is allowed
    state = django_filters.MultipleChoiceFilter(choices=BacktestState.choices)

    class Meta:
        model = Backtest
        fields: list[str] = []
