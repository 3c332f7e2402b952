"""The role decides who is an admin; Django's flags only follow."""

from __future__ import annotations

import pytest
from django.db import IntegrityError, transaction
from django.test import Client

from vms.accounts.choices import Role
from vms.accounts.models import User

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("role", Role.values)
def test_the_admin_site_opens_for_admins_only(client: Client, role: str) -> None:
    client.force_login(User.objects.create_user("u", "u@example.org", "a long password", role=role))
    assert (client.get("/admin/").status_code == 200) is (role == Role.ADMIN)


def test_flags_that_were_set_by_hand_do_not_outlive_saving() -> None:
    user = User.objects.create_user("u", role=Role.VIEWER, is_staff=True, is_superuser=True)
    assert (user.is_staff, user.is_superuser) == (False, False)


def test_taking_the_role_away_takes_the_flags_too() -> None:
    user = User.objects.create_superuser("boss")
    user.role = Role.VIEWER
    user.save(update_fields=["role"])
    user.refresh_from_db()
    assert (user.is_staff, user.is_superuser) == (False, False)


def test_the_database_refuses_flags_without_the_role() -> None:
    user = User.objects.create_user("u")
    with pytest.raises(IntegrityError, match="user_flags_follow_role"), transaction.atomic():
        User.objects.filter(id=user.id).update(is_superuser=True)
