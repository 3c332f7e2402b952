"""Rules: everybody reads those in force on their cameras, admins write."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from cameras.selectors import cameras_visible_to
from rules.api.backtests import BacktestActions
from rules.api.proposals import ProposalActions
from rules.api.serializers import (
    OverridesSerializer,
    RuleChangeSerializer,
    RuleSerializer,
    RuleWriteSerializer,
)
from rules.api.versions import VersionActions
from rules.doubts import override_doubts
from rules.models import Rule
from rules.selectors import rule_get_in_full, rules_in_full
from rules.services import OverrideValues, RuleChange, overrides_set, rule_create, rule_delete, rule_update
from vms.accounts.services import admin_require


class RuleViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, VersionActions, BacktestActions, ProposalActions):
    serializer_class = RuleSerializer
    queryset = Rule.objects.none()
    filterset_fields = ["enabled"]

    def get_queryset(self) -> QuerySet[Rule]:
        return rules_in_full(self.request.user)

    @extend_schema(request=RuleWriteSerializer, responses={201: RuleSerializer})
    def create(self, request: Request) -> Response:
        admin_require(self.asked_by)
        serializer = RuleWriteSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        rule = rule_create(user=self.asked_by, **{"cameras": [], **serializer.validated_data})
        return Response(RuleSerializer(rule_get_in_full(self.asked_by, rule.id)).data, status=status.HTTP_201_CREATED)

    @extend_schema(request=RuleChangeSerializer, responses=RuleSerializer)
    def partial_update(self, request: Request, *args: Any, **kwargs: Any) -> Response:  # noqa: ANN401  DRF's signature
        rule = self.get_object()
        admin_require(self.asked_by)
        serializer = RuleChangeSerializer(data=request.data, partial=True)
        serializer.is_valid(raise_exception=True)
        rule_update(user=self.asked_by, rule=rule, change=RuleChange(**serializer.validated_data))
        return Response(RuleSerializer(rule_get_in_full(self.asked_by, rule.id)).data)

    def destroy(self, request: Request, *args: Any, **kwargs: Any) -> Response:  # noqa: ANN401  DRF's signature
        rule_delete(user=self.asked_by, rule=self.get_object())
        return Response(status=status.HTTP_204_NO_CONTENT)

    @extend_schema(methods=["GET"], responses=OverridesSerializer, filters=False)
    @extend_schema(methods=["PUT"], request=OverridesSerializer, responses=OverridesSerializer, filters=False)
    @action(detail=True, methods=["get", "put"], filterset_fields=None)
    def overrides(self, request: Request, *args: Any, **kwargs: Any) -> Response:  # noqa: ANN401
        """Other values of parameters on single cameras; putting replaces all of them."""
        rule = self.get_object()
        if request.method == "PUT":
            admin_require(self.asked_by)
            serializer = OverridesSerializer(data=request.data)
            serializer.is_valid(raise_exception=True)
            values = [OverrideValues(**each) for each in serializer.validated_data["overrides"]]
            overrides_set(user=self.asked_by, rule=rule, overrides=values)
        mine = rule.overrides.filter(camera__in=cameras_visible_to(self.asked_by))
        rows = list(mine.select_related("camera"))
        return Response(OverridesSerializer({"overrides": rows, "warnings": override_doubts(rule, rows)}).data)
