"""The account behind a request, as JSON."""

from __future__ import annotations

from rest_framework import serializers

from vms.accounts.models import User


class MeSerializer(serializers.ModelSerializer[User]):
    class Meta:
        model = User
        fields = ["id", "username", "first_name", "last_name", "email", "role", "time_zone"]
        read_only_fields = fields
