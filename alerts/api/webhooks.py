"""What webhooks get, for those who write receivers."""

from __future__ import annotations

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from alerts.channels.webhook.payload import payload_json_schema


class WebhookSchemaView(APIView):
    @extend_schema(responses=OpenApiTypes.OBJECT, summary="JSON Schema of the document that webhooks get")
    def get(self, request: Request) -> Response:
        return Response(payload_json_schema())
