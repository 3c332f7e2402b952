"""Alerts: listed, counted and acknowledged. Policies, and what became of each message, are for admins."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, serializers, status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from alerts.api.serializers import (
    AlertCountsSerializer,
    AlertIdsSerializer,
    AlertSerializer,
    AssignSerializer,
    ChangeSerializer,
    CommentSerializer,
    DeliverySerializer,
    MessageSerializer,
    NoteSerializer,
    PolicySerializer,
    PreviewSerializer,
    SnoozeSerializer,
)
from alerts.filters import AlertFilter
from alerts.models import Alert, AlertPolicy, Delivery
from alerts.preview import Draft, policy_preview
from alerts.seen import alert_as_seen, alerts_as_seen
from alerts.selectors import (
    alert_counts,
    alert_get,
    alerts_visible_to,
    deliveries_visible_to,
    delivery_get,
    policies_visible_to,
)
from alerts.services import (
    alert_acknowledge,
    alert_assign,
    alert_comment,
    alert_reopen,
    alert_resolve,
    alert_snooze,
    alerts_acknowledge,
)
from alerts.services.policies import PLACES, SCALARS, PolicyChange, Step, policy_create, policy_delete, policy_update
from alerts.services.resending import delivery_resend
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

    def get_object(self) -> Alert:
        return alert_as_seen(self.asked_by, super().get_object())

    def paginate_queryset(  # type: ignore[override]  # its rows are alerts
        self, queryset: QuerySet[Alert] | Sequence[Alert]
    ) -> list[Alert] | None:
        rows = super().paginate_queryset(queryset)
        return None if rows is None else alerts_as_seen(self.asked_by, rows)

    @extend_schema(responses=AlertCountsSerializer, filters=False, summary="How many alerts are open, by severity")
    @action(detail=False, pagination_class=None, filterset_class=None)
    def counts(self, request: Request) -> Response:
        return Response(alert_counts(self.asked_by))

    @extend_schema(request=None, responses=AlertSerializer, summary="Take an alert in hand")
    @action(detail=True, methods=["post"])
    def acknowledge(self, request: Request, pk: uuid.UUID) -> Response:
        return self._shown(alert_acknowledge(user=self.asked_by, alert_id=pk))

    @extend_schema(request=NoteSerializer, responses=AlertSerializer, summary="The alert was dealt with")
    @action(detail=True, methods=["post"])
    def resolve(self, request: Request, pk: uuid.UUID) -> Response:
        note = self._read(NoteSerializer, request, pk)["note"]
        return self._shown(alert_resolve(user=self.asked_by, alert_id=pk, note=note))

    @extend_schema(request=NoteSerializer, responses=AlertSerializer, summary="The alert was a false alarm")
    @action(detail=True, methods=["post"], url_path="false-alarm")
    def false_alarm(self, request: Request, pk: uuid.UUID) -> Response:
        note = self._read(NoteSerializer, request, pk)["note"]
        return self._shown(alert_resolve(user=self.asked_by, alert_id=pk, note=note, false=True))

    @extend_schema(request=NoteSerializer, responses=AlertSerializer, summary="Take a decision back")
    @action(detail=True, methods=["post"])
    def reopen(self, request: Request, pk: uuid.UUID) -> Response:
        note = self._read(NoteSerializer, request, pk)["note"]
        return self._shown(alert_reopen(user=self.asked_by, alert_id=pk, note=note))

    @extend_schema(request=AssignSerializer, responses=AlertSerializer, summary="Say whose the alert is")
    @action(detail=True, methods=["post"])
    def assign(self, request: Request, pk: uuid.UUID) -> Response:
        asked = self._read(AssignSerializer, request, pk)
        alert = alert_assign(user=self.asked_by, alert_id=pk, assignee_id=asked["assignee"], note=asked["note"])
        return self._shown(alert)

    @extend_schema(request=SnoozeSerializer, responses=AlertSerializer, summary="Put an open alert off")
    @action(detail=True, methods=["post"])
    def snooze(self, request: Request, pk: uuid.UUID) -> Response:
        asked = self._read(SnoozeSerializer, request, pk)
        alert = alert_snooze(user=self.asked_by, alert_id=pk, until=asked["until"], note=asked["note"])
        return self._shown(alert)

    @extend_schema(request=CommentSerializer, responses={201: ChangeSerializer}, summary="Write under an alert")
    @action(detail=True, methods=["post"])
    def comment(self, request: Request, pk: uuid.UUID) -> Response:
        note = self._read(CommentSerializer, request, pk)["note"]
        change = alert_comment(user=self.asked_by, alert_id=pk, note=note)
        return Response(ChangeSerializer(change).data, status=status.HTTP_201_CREATED)

    @extend_schema(responses=ChangeSerializer(many=True), filters=False, summary="What was done about an alert")
    @action(detail=True, pagination_class=None, filterset_class=None)
    def history(self, request: Request, pk: uuid.UUID) -> Response:
        return Response(ChangeSerializer(alert_get(self.asked_by, pk).changes.all(), many=True).data)

    def _shown(self, alert: Alert) -> Response:
        return Response(AlertSerializer(alert_as_seen(self.asked_by, alert)).data)

    def _read(self, serializer: type[serializers.Serializer[Any]], request: Request, pk: uuid.UUID) -> dict[str, Any]:
        alert_get(self.asked_by, pk)  # what is not theirs is not there, whatever they sent
        asked = serializer(data=request.data)
        asked.is_valid(raise_exception=True)
        return dict(asked.validated_data)

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
        return Response(AlertSerializer(alerts_as_seen(self.asked_by, alerts), many=True).data)

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
    """Admins see and change all; supervisors see those that are about their cameras only, others none."""

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
        admin_require(self.asked_by)
        change = self._change(PolicySerializer(policy, data=request.data, partial=True))
        return Response(PolicySerializer(policy_update(user=self.asked_by, policy=policy, change=change)).data)

    def destroy(self, request: Request, *args: Any, **kwargs: Any) -> Response:  # noqa: ANN401  DRF's signature
        policy_delete(user=self.asked_by, policy=self.get_object())
        return Response(status=status.HTTP_204_NO_CONTENT)

    @extend_schema(
        request=PolicySerializer,
        responses=PreviewSerializer,
        filters=False,
        summary="What a policy would have done with the events of the last 7 days",
    )
    @action(detail=False, methods=["post"], pagination_class=None, filterset_fields=None)
    def preview(self, request: Request) -> Response:
        admin_require(self.asked_by)
        serializer = PolicySerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        values = {name: serializer.validated_data[name] for name in SCALARS if name in serializer.validated_data}
        places = {name: serializer.validated_data.get(name, []) for name in PLACES}
        draft = Draft(AlertPolicy(**values), **places)
        return Response(PreviewSerializer(policy_preview(user=self.asked_by, draft=draft)).data)

    def _change(self, serializer: PolicySerializer) -> PolicyChange:
        serializer.is_valid(raise_exception=True)
        values = dict(serializer.validated_data)
        steps = values.pop("steps", None)
        if steps is None:
            return PolicyChange(values)
        return PolicyChange(values, [Step(step.pop("after_minutes"), step) for step in map(dict, steps)])


class MessageViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, VisibleViewSet[Delivery]):
    """What became of each message: there for admins only."""

    serializer_class = MessageSerializer
    queryset = Delivery.objects.none()
    filterset_fields = ["state", "reason", "channel", "alert"]
    lookup_value_converter = "uuid"
    keyset_field = "-created_at"

    def get_queryset(self) -> QuerySet[Delivery]:
        return deliveries_visible_to(self.request.user).prefetch_related("history")

    @extend_schema(request=None, responses=MessageSerializer, summary="Send a message again")
    @action(detail=True, methods=["post"])
    def resend(self, request: Request, pk: uuid.UUID) -> Response:
        delivery = delivery_get(self.asked_by, pk)
        return Response(MessageSerializer(delivery_resend(user=self.asked_by, delivery_id=delivery.id)).data)
