"""Alerts: listed, counted and acknowledged. Policies, and what became of each message, are for admins."""

from __future__ import annotations

import uuid
from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from alerts.api.serializers import (
    AlertCountsSerializer,
    AlertIdsSerializer,
    AlertSerializer,
    DeliverySerializer,
    PolicySerializer,
)
from alerts.filters import AlertFilter
from alerts.models import Alert, AlertPolicy
from alerts.selectors import alert_counts, alert_get, alerts_visible_to, policies_visible_to
from alerts.services import alert_acknowledge, alerts_acknowledge
from alerts.services.policies import PolicyChange, policy_create, policy_delete, policy_update
from vms.accounts.services import admin_require
from vms.api_views import VisibleViewSet


class AlertViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, VisibleViewSet[Alert]):
    serializer_class = AlertSerializer
    queryset = Alert.objects.none()
    filterset_class = AlertFilter
    lookup_value_converter = "uuid"
    keyset_field = "-raised_at"

    def get_queryset(self) -> QuerySet[Alert]:
        return alerts_visible_to(self.request.user)

    @extend_schema(responses=AlertCountsSerializer, filters=False, summary="How many alerts are open, by severity")
    @action(detail=False, pagination_class=None, filterset_class=None)
    def counts(self, request: Request) -> Response:
        return Response(alert_counts(self.asked_by))

    @extend_schema(request=None, responses=AlertSerializer, summary="Take an alert in hand")
    @action(detail=True, methods=["post"])
    def acknowledge(self, request: Request, pk: uuid.UUID) -> Response:
        return Response(AlertSerializer(alert_acknowledge(user=self.asked_by, alert_id=pk)).data)

    @extend_schema(
        operation_id="alerts_acknowledge_many",
        request=AlertIdsSerializer,
        responses=AlertSerializer(many=True),
        filters=False,
        summary="Take several alerts in hand; answers with those that changed",
    )
    @action(detail=False, methods=["post"], url_path="acknowledge", pagination_class=None, filterset_class=None)
    def acknowledge_many(self, request: Request) -> Response:
        serializer = AlertIdsSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        alerts = alerts_acknowledge(user=self.asked_by, alert_ids=serializer.validated_data["alerts"])
        return Response(AlertSerializer(alerts, many=True).data)

    @extend_schema(
        responses=DeliverySerializer(many=True), filters=False, summary="Who was told how, and what became of it"
    )
    @action(detail=True, pagination_class=None, filterset_class=None)
    def deliveries(self, request: Request, pk: uuid.UUID) -> Response:
        alert = alert_get(self.asked_by, pk)
        admin_require(self.asked_by)
        rows = alert.deliveries.select_related("recipient", "endpoint").order_by("created_at", "id")
        return Response(DeliverySerializer(rows, many=True).data)


class PolicyViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, VisibleViewSet[AlertPolicy]):
    """There for admins only; for everybody else there are none."""

    serializer_class = PolicySerializer
    queryset = AlertPolicy.objects.none()
    filterset_fields = ["enabled"]

    def get_queryset(self) -> QuerySet[AlertPolicy]:
        return policies_visible_to(self.request.user)

    @extend_schema(request=PolicySerializer, responses={201: PolicySerializer})
    def create(self, request: Request) -> Response:
        admin_require(self.asked_by)
        policy = policy_create(user=self.asked_by, change=self._change(PolicySerializer(data=request.data)))
        return Response(PolicySerializer(policy).data, status=status.HTTP_201_CREATED)

    @extend_schema(request=PolicySerializer, responses=PolicySerializer)
    def partial_update(self, request: Request, *args: Any, **kwargs: Any) -> Response:  # noqa: ANN401  DRF's signature
        policy = self.get_object()
        change = self._change(PolicySerializer(policy, data=request.data, partial=True))
        return Response(PolicySerializer(policy_update(user=self.asked_by, policy=policy, change=change)).data)

    def destroy(self, request: Request, *args: Any, **kwargs: Any) -> Response:  # noqa: ANN401  DRF's signature
        policy_delete(user=self.asked_by, policy=self.get_object())
        return Response(status=status.HTTP_204_NO_CONTENT)

    def _change(self, serializer: PolicySerializer) -> PolicyChange:
        serializer.is_valid(raise_exception=True)
        return PolicyChange(**serializer.validated_data)
