"""The account behind a request, as JSON."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from rest_framework import serializers
from rest_framework.exceptions import AuthenticationFailed
from rest_framework_simplejwt.serializers import TokenObtainPairSerializer, TokenRefreshSerializer
from rest_framework_simplejwt.settings import api_settings
from rest_framework_simplejwt.token_blacklist.models import OutstandingToken
from rest_framework_simplejwt.tokens import Token

from vms.accounts.models import User
from vms.accounts.second_factor import LONGEST_CODE, code_accept, code_refused, factor_of, factor_required


class MeSerializer(serializers.ModelSerializer[User]):
    class Meta:
        model = User
        fields = ["id", "username", "first_name", "last_name", "email", "role", "time_zone"]
        read_only_fields = fields


class TokenSerializer(TokenObtainPairSerializer):
    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401  DRF's signature
        super().__init__(*args, **kwargs)
        # A longer name belongs to nobody, and would not fit into the record of failed log-ins.
        self.fields["username"] = serializers.CharField(max_length=150, write_only=True)
        self.fields["code"] = serializers.CharField(
            max_length=LONGEST_CODE,
            write_only=True,
            required=False,
            allow_blank=True,
            help_text="Of the second factor, where the user has one: from the app, or a recovery code.",
        )

    def validate(self, attrs: dict[str, Any]) -> dict[str, str]:
        self.code = attrs.pop("code", "")
        return super().validate(attrs)

    def get_token(self, user: User) -> Token:  # type: ignore[override]  # asked for once the password was right
        factor_set_up_require(user)
        if factor_of(user):
            self._code_require(user)
        return super().get_token(user)

    def _code_require(self, user: User) -> None:
        if not self.code:
            raise AuthenticationFailed("Send the code of your second factor as “code” too.", "second_factor_needed")
        if not code_accept(user, self.code):
            code_refused(self.context["request"], user)
            raise AuthenticationFailed("This code is wrong, or was used already.", "second_factor_wrong")


class RefreshSerializer(TokenRefreshSerializer):
    @transaction.atomic
    def validate(self, attrs: dict[str, Any]) -> dict[str, str]:
        try:
            claims = self.token_class(attrs["refresh"]).payload
            # Locked until it is noted as used: of two that send it at the same moment one gets new ones.
            OutstandingToken.objects.select_for_update().filter(jti=claims["jti"]).first()
            factor_set_up_require(User.objects.get(id=claims.get(api_settings.USER_ID_CLAIM, 0)))
            return super().validate(attrs)
        except User.DoesNotExist:
            raise AuthenticationFailed(self.error_messages["no_active_account"], "no_active_account") from None


def factor_set_up_require(user: User) -> None:
    """No tokens without the second factor that the user's role asks for."""
    if factor_required(user.role) and not factor_of(user):
        words = "Your role needs a second factor. Set it up on your account page first."
        raise AuthenticationFailed(words, "second_factor_needed")
