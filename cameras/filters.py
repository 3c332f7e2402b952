"""The filters of the lists of cameras, zones and recordings, and what every list's filters may choose from.

What may be chosen is what the user may see: another's camera is as unknown as none.
"""

from __future__ import annotations

from typing import Any

import django_filters
from django.db.models import QuerySet

from cameras.models import Camera, CameraGroup, Recording, Site, Zone
from cameras.selectors import cameras_visible_to, groups_visible_to, sites_visible_to


def sites_to_choose(request: Any) -> QuerySet[Site]:  # noqa: ANN401  None where the schema is generated
    return sites_visible_to(request.user) if request is not None else Site.objects.none()


def cameras_to_choose(request: Any) -> QuerySet[Camera]:  # noqa: ANN401  None where the schema is generated
    return cameras_visible_to(request.user) if request is not None else Camera.objects.none()


def groups_to_choose(request: Any) -> QuerySet[CameraGroup]:  # noqa: ANN401  None where the schema is generated
    return groups_visible_to(request.user) if request is not None else CameraGroup.objects.none()


class CameraFilter(django_filters.FilterSet):
    site = django_filters.ModelChoiceFilter(queryset=sites_to_choose)  # type: ignore[arg-type]  # a callable is allowed
    group = django_filters.ModelChoiceFilter(field_name="groups", queryset=groups_to_choose)  # type: ignore[arg-type]  # as above

    class Meta:
        model = Camera
        fields = ["source_kind", "enabled"]


class ZoneFilter(django_filters.FilterSet):
    camera = django_filters.ModelChoiceFilter(queryset=cameras_to_choose)  # type: ignore[arg-type]  # as above

    class Meta:
        model = Zone
        fields = ["kind"]


class RecordingFilter(django_filters.FilterSet):
    camera = django_filters.ModelChoiceFilter(queryset=cameras_to_choose)  # type: ignore[arg-type]  # as above

    class Meta:
        model = Recording
        fields = ["state"]
