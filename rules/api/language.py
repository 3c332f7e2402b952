"""The rule language itself: its JSON Schema, a check of a document, and the catalog of ready rules."""

from __future__ import annotations

from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from rules.api.serializers import (
    CheckSerializer,
    DocumentSerializer,
    FromCatalogSerializer,
    ReadyRuleSerializer,
    RuleSerializer,
)
from rules.doubts import document_doubts
from rules.engine.schema import DocumentError, parse_rule, rule_json_schema
from rules.ready_rules import ready_rule_get, ready_rules
from rules.selectors import rule_get_in_full
from rules.services import rule_create
from vms.accounts.models import User
from vms.accounts.services import admin_require
from vms.api_views import api_user


class RuleSchemaView(APIView):
    @extend_schema(responses=OpenApiTypes.OBJECT, summary="JSON Schema of a rule document")
    def get(self, request: Request) -> Response:
        return Response(rule_json_schema())


class RuleCheckView(APIView):
    @extend_schema(
        request=DocumentSerializer, responses=CheckSerializer, summary="Whether a document can be used, and why not"
    )
    def post(self, request: Request) -> Response:
        given = DocumentSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        return Response(CheckSerializer(_checked(api_user(request), given.validated_data["document"])).data)


def _checked(user: User, document: str) -> dict[str, Any]:
    try:
        spec = parse_rule(document)
    except DocumentError as error:
        return {"ok": False, "faults": error.faults, "warnings": [], "zones": {}, "models": []}
    warnings = document_doubts(user, document)
    zones, models = spec.zone_kinds(), sorted(spec.models_needed())
    return {"ok": True, "faults": [], "warnings": warnings, "zones": zones, "models": models}


class RuleCatalogView(APIView):
    @extend_schema(responses=ReadyRuleSerializer(many=True), summary="Ready rules to begin with")
    def get(self, request: Request) -> Response:
        return Response(ReadyRuleSerializer(list(ready_rules().values()), many=True).data)

    @extend_schema(request=FromCatalogSerializer, responses={201: RuleSerializer}, summary="Make a rule from an entry")
    def post(self, request: Request) -> Response:
        user = api_user(request)
        admin_require(user)
        given = FromCatalogSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        data = given.validated_data
        ready = ready_rule_get(data["key"])
        document = ready.with_values(data.get("name", ready.spec.name), data.get("parameters", {}))
        rule = rule_create(
            user=user,
            document=document,
            cameras=data.get("cameras", []),
            note=f"From the catalog: {ready.spec.name}.",
            draft=data.get("draft", False),
        )
        return Response(RuleSerializer(rule_get_in_full(user, rule.id)).data, status=status.HTTP_201_CREATED)
