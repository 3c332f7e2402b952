"""A person's own wishes about how they are told, by channel."""

from __future__ import annotations

from django.contrib.auth.models import AnonymousUser
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from alerts.channels import PERSONAL_CHANNELS
from alerts.choices import Channel
from alerts.models import Preference
from alerts.selectors import wishes_of
from alerts.services.wishes import wish_save
from cameras.models import Camera, CameraGroup
from cameras.selectors import cameras_visible_to, groups_visible_to
from vms.accounts.models import User
from vms.api_fields import KeyField
from vms.api_views import api_user
from vms.errors import NotFoundError

ROWS = {"cameras": "cameras", "camera_groups": "groups"}


class MyCameras(KeyField[Camera]):
    def get_queryset(self) -> QuerySet[Camera]:
        return cameras_visible_to(self.context.get("user", AnonymousUser()))


class MyGroups(KeyField[CameraGroup]):
    def get_queryset(self) -> QuerySet[CameraGroup]:
        return groups_visible_to(self.context.get("user", AnonymousUser()))


class WishSerializer(serializers.ModelSerializer[Preference]):
    """Without cameras and groups: all that one may see. What one may not see cannot be named."""

    cameras = MyCameras(many=True, required=False)
    camera_groups = MyGroups(many=True, required=False)

    class Meta:
        model = Preference
        fields = [
            "channel", "enabled", "least_severity", "cameras", "camera_groups", "quiet_from", "quiet_until",
            "quiet_hold", "time_zone", "paused_from", "paused_until", "digest_minutes", "language",
        ]  # fmt: skip
        read_only_fields = ["channel"]


class WishListView(APIView):
    @extend_schema(responses=WishSerializer(many=True), summary="How I am told, by channel")
    def get(self, request: Request) -> Response:
        user = api_user(request)
        return Response([WishSerializer(_wish(user, channel)).data for channel in PERSONAL_CHANNELS])


class WishView(APIView):
    @extend_schema(responses=WishSerializer, summary="How I am told by one channel")
    def get(self, request: Request, channel: str) -> Response:
        return Response(WishSerializer(_wish(api_user(request), _channel(channel))).data)

    @extend_schema(request=WishSerializer, responses=WishSerializer, summary="Change how I am told by one channel")
    def patch(self, request: Request, channel: str) -> Response:
        user = api_user(request)
        wish = _wish(user, _channel(channel))
        serializer = WishSerializer(wish, data=request.data, partial=True, context={"user": user})
        serializer.is_valid(raise_exception=True)
        values = dict(serializer.validated_data)
        rows = {to: values.pop(name, None) for name, to in ROWS.items()}
        return Response(WishSerializer(wish_save(user=user, channel=channel, values=values, **rows)).data)


def _wish(user: User, channel: Channel) -> Preference:
    """As it is stored, or what holds without."""
    return wishes_of(user).get(channel) or Preference(user=user, channel=channel)


def _channel(name: str) -> Channel:
    if name not in PERSONAL_CHANNELS:
        raise NotFoundError(_("There is no such channel."))
    return Channel(name)
