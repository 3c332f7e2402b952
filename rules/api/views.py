"""Rules: everybody reads those in force on their cameras, admins write."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from rules.api.serializers import RuleSerializer, RuleVersionSerializer, RuleWriteSerializer
from rules.models import Rule
from rules.selectors import rule_get, rule_versions, rules_visible_to
from rules.services import RuleChange, rule_create, rule_delete, rule_update
from vms.accounts.services import admin_require
from vms.api_views import VisibleViewSet
from vms.pagination import KeysetPagination


class RuleViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, VisibleViewSet[Rule]):
    serializer_class = RuleSerializer
    queryset = Rule.objects.none()
    filterset_fields = ["enabled"]

    def get_queryset(self) -> QuerySet[Rule]:
        return rules_visible_to(self.request.user)

    @extend_schema(request=RuleWriteSerializer, responses={201: RuleSerializer})
    def create(self, request: Request) -> Response:
        admin_require(self.asked_by)
        serializer = RuleWriteSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        rule = rule_create(user=self.asked_by, **{"cameras": [], **serializer.validated_data})
        return Response(RuleSerializer(rule_get(self.asked_by, rule.id)).data, status=status.HTTP_201_CREATED)

    @extend_schema(request=RuleWriteSerializer, responses=RuleSerializer)
    def partial_update(self, request: Request, *args: Any, **kwargs: Any) -> Response:  # noqa: ANN401  DRF's signature
        rule = self.get_object()
        admin_require(self.asked_by)
        serializer = RuleWriteSerializer(data=request.data, partial=True)
        serializer.is_valid(raise_exception=True)
        rule_update(user=self.asked_by, rule=rule, change=RuleChange(**serializer.validated_data))
        return Response(RuleSerializer(rule_get(self.asked_by, rule.id)).data)

    def destroy(self, request: Request, *args: Any, **kwargs: Any) -> Response:  # noqa: ANN401  DRF's signature
        rule_delete(user=self.asked_by, rule=self.get_object())
        return Response(status=status.HTTP_204_NO_CONTENT)

    @extend_schema(responses=RuleVersionSerializer(many=True), filters=False, summary="Every version, newest first")
    @action(detail=True, keyset_field="-number", filterset_fields=None)
    def versions(self, request: Request, *args: Any, **kwargs: Any) -> Response:  # noqa: ANN401  DRF's signature
        pages = KeysetPagination()
        page = pages.paginate_queryset(rule_versions(self.get_object()), self.request, self)
        return pages.get_paginated_response(RuleVersionSerializer(page, many=True).data)
