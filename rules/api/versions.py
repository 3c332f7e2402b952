"""Versions of a rule: everybody reads those of the rules they see, admins save, publish and roll back."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from rules.api.version_serializers import (
    DifferenceSerializer,
    DraftSerializer,
    InForceSerializer,
    RuleVersionSerializer,
)
from rules.differences import versions_field_changes, versions_text_difference
from rules.models import Rule
from rules.selectors import rule_versions, version_get
from rules.services import Saving, version_publish, version_roll_back, version_save
from vms.accounts.services import admin_require
from vms.api_views import VisibleViewSet
from vms.errors import InvalidError, NotFoundError
from vms.pagination import KeysetPagination

LARGEST = 2**31 - 1
NUMBER = OpenApiParameter("number", OpenApiTypes.INT, OpenApiParameter.PATH, description="The version's number.")
AGAINST = OpenApiParameter(
    "against", OpenApiTypes.INT, description="The older version; without: the one before; 0: nothing."
)


class VersionActions(VisibleViewSet[Rule]):
    """What a rule's address offers below ``versions``."""

    @extend_schema(
        methods=["GET"],
        responses=RuleVersionSerializer(many=True),
        filters=False,
        summary="Every version, newest first",
    )
    @extend_schema(
        methods=["POST"],
        request=DraftSerializer,
        responses={201: RuleVersionSerializer},
        filters=False,
        summary="Save a draft; 409 with both texts where somebody else saved meanwhile",
    )
    @action(detail=True, methods=["get", "post"], keyset_field="-number", filterset_fields=None)
    def versions(self, request: Request, *args: Any, **kwargs: Any) -> Response:  # noqa: ANN401  DRF's signature
        rule = self.get_object()
        if request.method == "POST":
            return self._save_draft(rule, request)
        pages = KeysetPagination()
        page = pages.paginate_queryset(rule_versions(rule), self.request, self)
        return pages.get_paginated_response(RuleVersionSerializer(page, many=True).data)

    def _save_draft(self, rule: Rule, request: Request) -> Response:
        admin_require(self.asked_by)
        given = DraftSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        version = version_save(user=self.asked_by, rule=rule, saving=Saving(**given.validated_data))
        return self._version(rule, version.number, status.HTTP_201_CREATED)

    @extend_schema(parameters=[NUMBER], responses=RuleVersionSerializer, filters=False)
    @action(detail=True, url_path="versions/<int:number>", filterset_fields=None)
    def version(self, request: Request, number: int, **kwargs: Any) -> Response:  # noqa: ANN401
        return self._version(self.get_object(), number)

    @extend_schema(parameters=[NUMBER, AGAINST], responses=DifferenceSerializer, filters=False)
    @action(detail=True, url_path="versions/<int:number>/diff", filterset_fields=None)
    def diff(self, request: Request, number: int, **kwargs: Any) -> Response:  # noqa: ANN401
        rule = self.get_object()
        new = version_get(rule, _stored(number))
        against = _against(request, number)
        old = version_get(rule, _stored(against)) if against else None
        return Response(
            DifferenceSerializer(
                {
                    "old": old.number if old else None,
                    "new": new.number,
                    "text": versions_text_difference(old, new),
                    "fields": versions_field_changes(old, new),
                }
            ).data
        )

    @extend_schema(parameters=[NUMBER], request=InForceSerializer, responses=RuleVersionSerializer, filters=False)
    @action(detail=True, methods=["post"], url_path="versions/<int:number>/publish", filterset_fields=None)
    def publish(self, request: Request, number: int, **kwargs: Any) -> Response:  # noqa: ANN401
        """Put a draft in force; workers have it within seconds and lose no track."""
        rule = self.get_object()
        in_force = self._in_force(rule, request, number)
        version_publish(user=self.asked_by, rule=rule, number=number, in_force=in_force)
        return self._version(rule, number)

    @extend_schema(parameters=[NUMBER], request=InForceSerializer, responses=RuleVersionSerializer, filters=False)
    @action(
        detail=True, methods=["post"], url_path="versions/<int:number>/roll-back", url_name="roll-back",
        filterset_fields=None,
    )  # fmt: skip
    def roll_back(self, request: Request, number: int, **kwargs: Any) -> Response:  # noqa: ANN401
        """Put an older version's text in force again, as a new version."""
        rule = self.get_object()
        in_force = self._in_force(rule, request, number)
        version = version_roll_back(user=self.asked_by, rule=rule, number=number, in_force=in_force)
        return self._version(rule, version.number)

    def _in_force(self, rule: Rule, request: Request, number: int) -> int | None:
        version_get(rule, _stored(number))
        admin_require(self.asked_by)
        given = InForceSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        in_force: int | None = given.validated_data["in_force"]
        return in_force

    def _version(self, rule: Rule, number: int, status_code: int = status.HTTP_200_OK) -> Response:
        return Response(RuleVersionSerializer(version_get(rule, _stored(number))).data, status=status_code)


def _stored(number: int) -> int:
    """A number that a column can hold."""
    if not 0 < number <= LARGEST:
        raise NotFoundError(_("There is no such version."))
    return number


def _against(request: Request, number: int) -> int:
    text = request.query_params.get("against", str(number - 1))
    if not (text.isascii() and text.isdigit() and len(text) <= 10):
        raise InvalidError("“against” is a version's number.", fields={"against": ["A number was expected."]})
    return int(text)
