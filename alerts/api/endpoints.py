"""Endpoints: supervisors read how they stand and send tests, admins set them up. Secrets are written, never read."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, serializers, status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from alerts.channels import ENDPOINT_CHANNELS
from alerts.channels.endpoint import EndpointForm
from alerts.choices import EndpointKind
from alerts.endpoints import (
    endpoint_create,
    endpoint_delete,
    endpoint_key_forget,
    endpoint_key_turn,
    endpoint_update,
    endpoints_visible_to,
    signing_keys,
)
from alerts.models import Endpoint
from alerts.trials import endpoint_test
from vms.accounts.services import admin_require
from vms.api_views import VisibleViewSet
from vms.errors import InvalidError


class EndpointSerializer(serializers.ModelSerializer[Endpoint]):
    """``settings`` holds what may be shown; ``failures_in_row`` and ``opened_at`` say whether it is left alone."""

    failures_in_row = serializers.IntegerField(source="health.failures_in_row", read_only=True, default=0)
    opened_at = serializers.DateTimeField(source="health.opened_at", read_only=True, default=None)
    succeeded_at = serializers.DateTimeField(source="health.succeeded_at", read_only=True, default=None)
    failed_at = serializers.DateTimeField(source="health.failed_at", read_only=True, default=None)
    signing_keys = serializers.SerializerMethodField(help_text="How many keys sign each message, of a webhook.")

    class Meta:
        model = Endpoint
        fields = [
            "id", "name", "kind", "enabled", "settings", "signing_keys", "failures_in_row", "opened_at",
            "succeeded_at", "failed_at", "created_at",
        ]  # fmt: skip
        read_only_fields = fields

    def get_signing_keys(self, endpoint: Endpoint) -> int:
        return signing_keys(endpoint)


class EndpointWriteSerializer(serializers.Serializer[Any]):
    """What is needed depends on the kind. A secret that is not given stays as it is."""

    name = serializers.CharField(max_length=100, required=False)
    enabled = serializers.BooleanField(required=False)
    seconds = serializers.IntegerField(required=False, help_text="The longest wait for an answer.")
    url = serializers.CharField(
        max_length=2_000, write_only=True, required=False, help_text="Of a webhook, a chat or a broker."
    )
    topic = serializers.CharField(max_length=300, required=False, help_text="MQTT.")
    user = serializers.CharField(max_length=200, required=False, allow_blank=True, help_text="MQTT.")
    password = serializers.CharField(max_length=200, write_only=True, required=False, help_text="MQTT.")
    retain = serializers.BooleanField(required=False, help_text="MQTT: the broker keeps the last message.")


class EndpointNewSerializer(EndpointWriteSerializer):
    kind = serializers.ChoiceField(choices=EndpointKind.choices)
    name = serializers.CharField(max_length=100)


class KeySerializer(serializers.Serializer[Any]):
    """Shown this once."""

    key = serializers.CharField()


class TrialSerializer(serializers.Serializer[Any]):
    """``answer``: the other side's, in plain words."""

    taken = serializers.BooleanField()
    answer = serializers.CharField()
    milliseconds = serializers.IntegerField()


class EndpointViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, VisibleViewSet[Endpoint]):
    serializer_class = EndpointSerializer
    queryset = Endpoint.objects.none()
    filterset_fields = ["kind", "enabled"]

    def get_queryset(self) -> QuerySet[Endpoint]:
        return endpoints_visible_to(self.request.user)

    @extend_schema(request=EndpointNewSerializer, responses={201: EndpointSerializer})
    def create(self, request: Request) -> Response:
        admin_require(self.asked_by)
        serializer = EndpointNewSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        values = dict(serializer.validated_data)
        kind = EndpointKind(values.pop("kind"))
        blank = ENDPOINT_CHANNELS[kind].form()
        initial = {name: field.initial for name, field in blank.fields.items()}
        form = _checked(ENDPOINT_CHANNELS[kind].form({**initial, **values}))
        made = endpoint_create(user=self.asked_by, kind=kind, form=form)
        return Response(EndpointSerializer(made).data, status=status.HTTP_201_CREATED)

    @extend_schema(request=EndpointWriteSerializer, responses=EndpointSerializer)
    def partial_update(self, request: Request, *args: Any, **kwargs: Any) -> Response:  # noqa: ANN401  DRF's signature
        endpoint = self.get_object()
        admin_require(self.asked_by)
        serializer = EndpointWriteSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        channel = ENDPOINT_CHANNELS[EndpointKind(endpoint.kind)]
        stored = channel.form(endpoint=endpoint).initial
        form = _checked(channel.form({**stored, **serializer.validated_data}, endpoint=endpoint))
        endpoint_update(user=self.asked_by, endpoint=endpoint, form=form)
        return Response(EndpointSerializer(self.get_object()).data)

    def destroy(self, request: Request, *args: Any, **kwargs: Any) -> Response:  # noqa: ANN401  DRF's signature
        endpoint_delete(user=self.asked_by, endpoint=self.get_object())
        return Response(status=status.HTTP_204_NO_CONTENT)

    @extend_schema(request=None, responses=TrialSerializer, summary="Send a test and get the true answer")
    @action(detail=True, methods=["post"])
    def test(self, request: Request, pk: int) -> Response:
        return Response(TrialSerializer(endpoint_test(user=self.asked_by, endpoint=self.get_object())).data)

    @extend_schema(request=None, responses=KeySerializer, summary="A new signing key of a webhook, shown this once")
    @action(detail=True, methods=["post"])
    def key(self, request: Request, pk: int) -> Response:
        return Response({"key": endpoint_key_turn(user=self.asked_by, endpoint=self.get_object())})

    @extend_schema(request=None, responses=EndpointSerializer, summary="Sign with the newest key alone")
    @action(detail=True, methods=["post"], url_path="forget-old-key")
    def forget_old_key(self, request: Request, pk: int) -> Response:
        endpoint_key_forget(user=self.asked_by, endpoint=self.get_object())
        return Response(EndpointSerializer(self.get_object()).data)


def _checked(form: EndpointForm) -> EndpointForm:
    """The kind's own form says what it needs, here as on its page."""
    if not form.is_valid():
        fields = {name: [str(sentence) for sentence in sentences] for name, sentences in form.errors.items()}
        name, sentences = next(iter(fields.items()))
        raise InvalidError(f"{name}: {sentences[0]}", fields=fields)
    return form
