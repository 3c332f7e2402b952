"""Sites, cameras and zones: everybody reads what is theirs, admins write."""

from __future__ import annotations

from typing import Any

from django.db.models import Prefetch, QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from cameras.api.serializers import (
    CameraGroupSerializer,
    CameraSerializer,
    CloneSerializer,
    SiteSerializer,
    ZoneChangeSerializer,
    ZoneSerializer,
)
from cameras.filters import CameraFilter, ZoneFilter
from cameras.models import Camera, CameraGroup, Site, Zone
from cameras.selectors import (
    camera_get,
    cameras_visible_to,
    groups_visible_to,
    sites_visible_to,
    zones_visible_to,
)
from cameras.services.cameras import CameraChange, camera_create, camera_delete, camera_update
from cameras.services.cloning import CloneParts, camera_clone
from cameras.services.groups import group_create, group_delete, group_update
from cameras.services.sites import site_create, site_delete, site_update
from cameras.services.zones import zone_create, zone_delete, zone_update
from vms.accounts.services import admin_require
from vms.api_views import Row, VisibleViewSet


class AdminWrittenViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, VisibleViewSet[Row]):
    """PUT is left out: PATCH says what is meant to change."""

    http_method_names = ["get", "head", "options", "post", "patch", "delete"]

    def create(self, request: Request) -> Response:
        admin_require(self.asked_by)
        serializer = self.get_serializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        made = self.row_create(serializer.validated_data)
        return Response(self.get_serializer(made).data, status=status.HTTP_201_CREATED)

    def partial_update(self, request: Request, *args: Any, **kwargs: Any) -> Response:  # noqa: ANN401  DRF's signature
        row = self.get_object()
        admin_require(self.asked_by)
        serializer = self.get_serializer(row, data=request.data, partial=True)
        serializer.is_valid(raise_exception=True)
        return Response(self.get_serializer(self.row_update(row, serializer.validated_data)).data)

    def destroy(self, request: Request, *args: Any, **kwargs: Any) -> Response:  # noqa: ANN401  DRF's signature
        self.row_delete(self.get_object())
        return Response(status=status.HTTP_204_NO_CONTENT)

    def row_create(self, values: dict[str, Any]) -> Row:
        raise NotImplementedError

    def row_update(self, row: Row, values: dict[str, Any]) -> Row:
        raise NotImplementedError

    def row_delete(self, row: Row) -> None:
        raise NotImplementedError


class SiteViewSet(AdminWrittenViewSet[Site]):
    serializer_class = SiteSerializer
    queryset = Site.objects.none()

    def get_queryset(self) -> QuerySet[Site]:
        return sites_visible_to(self.request.user)

    def row_create(self, values: dict[str, Any]) -> Site:
        return site_create(user=self.asked_by, **values)

    def row_update(self, row: Site, values: dict[str, Any]) -> Site:
        return site_update(user=self.asked_by, site=row, **values)

    def row_delete(self, row: Site) -> None:
        site_delete(user=self.asked_by, site=row)


class CameraViewSet(AdminWrittenViewSet[Camera]):
    serializer_class = CameraSerializer
    queryset = Camera.objects.none()
    filterset_class = CameraFilter

    def get_queryset(self) -> QuerySet[Camera]:
        return cameras_visible_to(self.request.user)

    def row_create(self, values: dict[str, Any]) -> Camera:
        return camera_create(user=self.asked_by, change=CameraChange(**values))

    def row_update(self, row: Camera, values: dict[str, Any]) -> Camera:
        return camera_update(user=self.asked_by, camera=row, change=CameraChange(**values))

    def row_delete(self, row: Camera) -> None:
        camera_delete(user=self.asked_by, camera=row)

    @extend_schema(request=CloneSerializer, responses={201: CameraSerializer}, summary="Add a camera like this one")
    @action(detail=True, methods=["post"])
    def clone(self, request: Request, pk: int) -> Response:
        camera = camera_get(self.asked_by, pk)
        admin_require(self.asked_by)
        serializer = CloneSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        values = dict(serializer.validated_data)
        parts = CloneParts(values.pop("zones"), values.pop("rules"), values.pop("permissions"))
        made = camera_clone(user=self.asked_by, camera=camera, parts=parts, **values)
        return Response(CameraSerializer(made).data, status=status.HTTP_201_CREATED)


class CameraGroupViewSet(AdminWrittenViewSet[CameraGroup]):
    serializer_class = CameraGroupSerializer
    queryset = CameraGroup.objects.none()

    def get_queryset(self) -> QuerySet[CameraGroup]:
        shown = Prefetch("cameras", cameras_visible_to(self.request.user).order_by("id"), to_attr="visible_cameras")
        return groups_visible_to(self.request.user).prefetch_related(shown)

    def row_create(self, values: dict[str, Any]) -> CameraGroup:
        return group_create(user=self.asked_by, **values)

    def row_update(self, row: CameraGroup, values: dict[str, Any]) -> CameraGroup:
        group_update(user=self.asked_by, group=row, **values)
        return self.get_queryset().get(id=row.id)

    def row_delete(self, row: CameraGroup) -> None:
        group_delete(user=self.asked_by, group=row)


class ZoneViewSet(AdminWrittenViewSet[Zone]):
    queryset = Zone.objects.none()
    filterset_class = ZoneFilter

    def get_queryset(self) -> QuerySet[Zone]:
        return zones_visible_to(self.request.user)

    def get_serializer_class(self) -> type[ZoneSerializer]:
        return ZoneChangeSerializer if self.action == "partial_update" else ZoneSerializer

    def row_create(self, values: dict[str, Any]) -> Zone:
        camera = camera_get(self.asked_by, values.pop("camera").id)
        return zone_create(user=self.asked_by, camera=camera, **values)

    def row_update(self, row: Zone, values: dict[str, Any]) -> Zone:
        return zone_update(user=self.asked_by, zone=row, **values)

    def row_delete(self, row: Zone) -> None:
        zone_delete(user=self.asked_by, zone=row)
