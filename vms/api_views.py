"""What the API's views have in common: who asks, and the errors that every operation documents."""

from __future__ import annotations

from typing import TypeVar

from django.db.models import Model
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.viewsets import GenericViewSet

from vms.accounts.models import User

Row = TypeVar("Row", bound=Model)


def api_user(request: Request) -> User:
    """The user of an authenticated request."""
    assert isinstance(request.user, User)  # noqa: S101  IsAuthenticated is the default permission
    return request.user


class ErrorSerializer(serializers.Serializer[dict[str, object]]):
    """How every refusal looks."""

    code = serializers.CharField(help_text="A word for programs.")
    message = serializers.CharField(help_text="A sentence for people.")
    fields = serializers.DictField(child=serializers.ListField(child=serializers.CharField()))  # type: ignore[assignment]


class VisibleViewSet(GenericViewSet[Row]):
    """Rows come from the selector named by ``get_queryset``; what is not among them is 404, whoever asks and how."""

    lookup_value_converter = "int"
    keyset_field = "id"

    @property
    def asked_by(self) -> User:
        return api_user(self.request)
