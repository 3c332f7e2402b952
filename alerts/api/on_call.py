"""Groups of people who take turns being on call: they name people, so they are for admins."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from alerts.models import OnCallGroup
from alerts.on_call import on_call_now
from alerts.selectors import on_call_visible_to
from alerts.services.on_call import on_call_delete, on_call_save
from vms.accounts.models import User
from vms.accounts.services import admin_require
from vms.api_fields import KeyField
from vms.api_views import VisibleViewSet

MOST_MEMBERS = 200


class OnCallSerializer(serializers.ModelSerializer[OnCallGroup]):
    """``members``: users in the order of their turns. With ``shift_days`` 0 all are on call always."""

    members = KeyField(many=True, queryset=User.objects.filter(is_active=True), required=False)
    on_call_now = serializers.SerializerMethodField(help_text="Whose turn it is.")

    class Meta:
        model = OnCallGroup
        fields = ["id", "name", "members", "shift_days", "first_day", "hand_over", "time_zone", "on_call_now"]
        extra_kwargs: dict[str, dict[str, Any]] = {"name": {"validators": []}}  # the service says so, race or not

    def validate_members(self, members: list[User]) -> list[User]:
        if len(members) > MOST_MEMBERS:
            raise serializers.ValidationError(f"A group has at most {MOST_MEMBERS} people.")
        return members

    def get_on_call_now(self, group: OnCallGroup) -> list[int]:
        return [user.pk for user in on_call_now(group, timezone.now())]

    def to_representation(self, instance: OnCallGroup) -> dict[str, Any]:
        fields = [name for name in self.Meta.fields if name not in ("members", "on_call_now")]
        shown = {name: self.fields[name].to_representation(value) if (value := getattr(instance, name)) is not None
                 else None for name in fields}  # fmt: skip
        members = [turn.user_id for turn in instance.turns.all()]
        return {**shown, "members": members, "on_call_now": self.get_on_call_now(instance)}


class OnCallViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, VisibleViewSet[OnCallGroup]):
    """There for admins only; for everybody else there are none."""

    serializer_class = OnCallSerializer
    queryset = OnCallGroup.objects.none()

    def get_queryset(self) -> QuerySet[OnCallGroup]:
        return on_call_visible_to(self.request.user)

    @extend_schema(request=OnCallSerializer, responses={201: OnCallSerializer})
    def create(self, request: Request) -> Response:
        admin_require(self.asked_by)
        made = self._saved(OnCallGroup(), OnCallSerializer(data=request.data))
        return Response(OnCallSerializer(made).data, status=status.HTTP_201_CREATED)

    @extend_schema(request=OnCallSerializer, responses=OnCallSerializer)
    def partial_update(self, request: Request, *args: Any, **kwargs: Any) -> Response:  # noqa: ANN401  DRF's signature
        group = self.get_object()
        changed = self._saved(group, OnCallSerializer(group, data=request.data, partial=True))
        return Response(OnCallSerializer(changed).data)

    def destroy(self, request: Request, *args: Any, **kwargs: Any) -> Response:  # noqa: ANN401  DRF's signature
        on_call_delete(user=self.asked_by, group=self.get_object())
        return Response(status=status.HTTP_204_NO_CONTENT)

    def _saved(self, group: OnCallGroup, serializer: OnCallSerializer) -> OnCallGroup:
        serializer.is_valid(raise_exception=True)
        values = dict(serializer.validated_data)
        members = values.pop("members", None)
        saved = on_call_save(user=self.asked_by, group=group, values=values, members=members)
        return self.get_queryset().get(id=saved.pk)
