"""The first steps: each is ticked by what the platform is, not by what somebody said."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client
from django.utils import timezone

from alerts.choices import Channel
from alerts.trials import channel_test_seen
from cameras.choices import SourceKind
from cameras.models import Camera
from rules.services import rule_create
from tests.pages.rows import camera_make, user_make
from tests.rules.documents import PLAIN
from vms.accounts.models import User
from vms.audit.services import audit_record
from vms.first_steps import PASSWORD_GENERATED, first_steps
from workers.models import WorkerNode

pytestmark = pytest.mark.django_db


@pytest.fixture
def admin() -> User:
    person = user_make("mara", role="admin")
    audit_record(actor=None, action=PASSWORD_GENERATED, target=person)
    return person


@pytest.fixture
def boss(admin: User) -> Client:
    client = Client()
    client.force_login(admin)
    return client


def undone() -> list[str]:
    return [step.page for step in first_steps() if not step.is_done]


def change_password(admin: User) -> None:
    client = Client()
    client.force_login(admin)
    words = {"old_password": "long-enough-1", "new_password1": "another-night-9", "new_password2": "another-night-9"}
    client.post("/account/password/", words)


def start_worker(admin: User) -> None:
    WorkerNode.objects.create(name="gpu", sealed_token="-", detector="openvino", seen_at=timezone.now())


def add_camera(admin: User) -> None:
    Camera.objects.create(site=camera_make("Uploads").site, name="Gate", source_kind=SourceKind.RTSP)


def publish_rule(admin: User) -> None:
    rule_create(user=admin, document=PLAIN, cameras=[camera_make("Yard")])


def see_message(admin: User) -> None:
    channel_test_seen(user=admin, channel=Channel.EMAIL)


def test_a_new_platform_has_all_to_do_but_the_storage(admin: User) -> None:
    assert undone() == ["account_password", "health", "camera_new", "rule_catalog", "alert_browser"]


@pytest.mark.parametrize(
    ("deed", "page"),
    [
        (change_password, "account_password"),
        (start_worker, "health"),
        (add_camera, "camera_new"),
        (publish_rule, "rule_catalog"),
        (see_message, "alert_browser"),
    ],
)
def test_each_is_ticked_once_it_holds(admin: User, deed: Callable[[User], None], page: str) -> None:
    before = undone()
    deed(admin)
    assert undone() == [name for name in before if name != page]


def test_a_motion_detector_is_none(admin: User) -> None:
    WorkerNode.objects.create(name="gpu", sealed_token="-", detector="motion", seen_at=timezone.now())
    assert "health" in undone()


def test_a_switched_off_rule_and_a_draft_are_not_live(admin: User) -> None:
    rule = rule_create(user=admin, document=PLAIN, cameras=[camera_make("Yard")], draft=True)
    assert "rule_catalog" in undone()
    rule.versions.update(state="published")
    rule.enabled = False
    rule.save()
    assert "rule_catalog" in undone()


def test_they_stand_on_the_first_page_until_they_are_hidden_and_come_back(boss: Client) -> None:
    shown = [b"First steps" in boss.get("/").content]
    boss.post("/first-steps/", {"show": "0"})
    shown.append(b"First steps" in boss.get("/").content)
    boss.post("/first-steps/", {"show": "1"})
    shown.append(b"First steps" in boss.get("/").content)
    assert shown == [True, False, True]


def test_they_leave_the_first_page_when_all_are_done(boss: Client, admin: User) -> None:
    for deed in (change_password, start_worker, add_camera, publish_rule, see_message):
        deed(admin)
    client = Client()
    client.force_login(User.objects.get(id=admin.id))
    assert b"First steps" not in client.get("/").content


def test_others_have_none(boss: Client) -> None:
    client = Client()
    client.force_login(user_make("guard"))
    assert b"First steps" not in client.get("/").content
    assert client.get("/first-steps/").status_code == 403


def test_who_got_a_test_says_so_on_its_page(boss: Client) -> None:
    assert "It has arrived" in boss.post("/alerts/browser/test/email").content.decode()
    boss.post("/alerts/browser/test/email/seen")
    assert "alert_browser" not in undone()
