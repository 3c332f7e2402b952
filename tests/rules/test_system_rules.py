"""The platform's own rules: there for policies, and nobody's to change."""

from __future__ import annotations

import pytest

from rules.choices import SystemRule
from rules.frozen import camera_config
from rules.models import Rule
from rules.selectors import rules_visible_to
from rules.services import RuleChange, rule_delete, rule_update
from rules.system import system_rule
from tests.api.clients import client_of
from tests.cameras.live import make_live_camera
from tests.cameras.world import make_user
from vms.accounts.choices import Role
from vms.accounts.models import User
from vms.errors import ConflictError

pytestmark = pytest.mark.django_db


@pytest.fixture
def admin() -> User:
    return make_user("ada", role=Role.ADMIN)


@pytest.mark.parametrize("code", SystemRule)
def test_each_stands_there_from_the_start_and_is_made_again_where_it_is_gone(code: SystemRule) -> None:
    assert Rule.objects.filter(system=code).exists()
    Rule.objects.filter(system=code).delete()
    assert system_rule(code) == system_rule(code)
    assert Rule.objects.filter(system=code).count() == 1


def test_a_users_rule_keeps_its_name() -> None:
    Rule.objects.all().delete()
    theirs = Rule.objects.create(name="Camera offline")
    assert system_rule(SystemRule.CAMERA_OFFLINE).name == "Camera offline (VMS)"
    theirs.refresh_from_db()
    assert (theirs.name, theirs.system) == ("Camera offline", "")


def test_it_cannot_be_changed_or_deleted(admin: User) -> None:
    rule = system_rule(SystemRule.CAMERA_OFFLINE)
    with pytest.raises(ConflictError):
        rule_update(user=admin, rule=rule, change=RuleChange(enabled=False))
    with pytest.raises(ConflictError):
        rule_delete(user=admin, rule=rule)


def test_it_is_no_rule_of_the_engine_and_in_no_list_of_rules(admin: User) -> None:
    assert camera_config(make_live_camera()).config.rules == ()
    assert not rules_visible_to(admin).exists()


def test_a_policy_can_name_it(admin: User) -> None:
    rule = system_rule(SystemRule.CAMERA_FROZEN)
    answer = client_of(admin).post(
        "/api/v1/alert-policies", {"name": "Frozen", "rules": [rule.id], "channels": []}, format="json"
    )
    assert (answer.status_code, answer.json()["rules"]) == (201, [rule.id])
