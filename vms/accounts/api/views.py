"""Who am I, and tokens for scripts: fetched with a password, refreshed (each once), and given back."""

from __future__ import annotations

from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView
from rest_framework_simplejwt.views import TokenBlacklistView, TokenObtainPairView, TokenRefreshView

from vms.accounts.api.serializers import MeSerializer, RefreshSerializer, TokenSerializer
from vms.api_views import api_user


class MeView(APIView):
    @extend_schema(responses=MeSerializer, summary="The user behind this request")
    def get(self, request: Request) -> Response:
        return Response(MeSerializer(api_user(request)).data)


@extend_schema_view(post=extend_schema(summary="Get an access and a refresh token for a user name and a password"))
class TokenView(TokenObtainPairView):
    serializer_class = TokenSerializer


@extend_schema_view(post=extend_schema(summary="Trade a refresh token for new tokens; it holds only once"))
class RefreshView(TokenRefreshView):
    serializer_class = RefreshSerializer


@extend_schema_view(post=extend_schema(summary="Log out: the refresh token holds no more"))
class LogoutView(TokenBlacklistView):
    pass
