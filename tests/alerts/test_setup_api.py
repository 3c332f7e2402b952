"""Wishes, on-call groups and endpoints by the API: whose they are, who changes them, and what is never shown."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from rest_framework.test import APIClient

from alerts.channels import endpoint as endpoint_channel
from alerts.models import Endpoint, OnCallGroup, Preference
from tests.alerts.channels.endpoints import make_webhook
from tests.alerts.scenes import grant, make_camera, make_policy, make_user
from tests.api.clients import client_of
from vms.accounts.choices import Role
from vms.accounts.models import User
from vms.audit.models import AuditEntry

pytestmark = pytest.mark.django_db
WISHES, ON_CALL, ENDPOINTS = "/api/v1/alert-wishes", "/api/v1/on-call-groups", "/api/v1/alert-endpoints"
SECRET_URL = "https://hooks.example/very-secret"


@pytest.fixture
def admin() -> User:
    return make_user("root", role=Role.ADMIN)


@pytest.fixture
def boss(admin: User) -> APIClient:
    return client_of(admin)


def test_wishes_are_shown_as_they_hold_and_changed_one_by_one() -> None:
    user, camera = make_user(), make_camera()
    grant(user, camera)
    client = client_of(user)
    assert [row["channel"] for row in client.get(WISHES).json()] == ["in_app", "web_push", "email"]
    changed = client.patch(f"{WISHES}/email", {"least_severity": "high", "cameras": [camera.id]}, format="json")
    assert (changed.status_code, changed.json()["cameras"]) == (200, [camera.id])
    assert client.patch(f"{WISHES}/email", {"enabled": False}, format="json").json()["cameras"] == [camera.id]
    wish = Preference.objects.get()
    assert (wish.user, wish.least_severity, wish.enabled) == (user, "high", False)


def test_wishes_name_no_camera_that_is_not_theirs() -> None:
    hidden = make_camera("Hidden")
    answer = client_of(make_user()).patch(f"{WISHES}/email", {"cameras": [hidden.id]}, format="json")
    assert (answer.status_code, Preference.objects.exists()) == (400, False)


@pytest.mark.parametrize(
    ("values", "status"),
    [
        ({"quiet_from": "22:00"}, 422),
        ({"time_zone": "Moon/Base"}, 400),
        ({"paused_until": "soon"}, 400),
        ({"digest_minutes": 9999}, 400),
    ],
)
def test_wishes_that_make_no_sense_are_refused(values: dict[str, object], status: int) -> None:
    assert client_of(make_user()).patch(f"{WISHES}/email", values, format="json").status_code == status


@pytest.mark.parametrize("channel", ["webhook", "sink", "pigeon"])
def test_there_are_wishes_only_for_channels_to_people(channel: str) -> None:
    assert client_of(make_user()).get(f"{WISHES}/{channel}").status_code == 404


def test_an_admin_sets_up_who_is_on_call(boss: APIClient) -> None:
    ann, bob = make_user("ann"), make_user("bob")
    wanted = {"name": "Night", "members": [bob.pk, ann.pk], "shift_days": 7, "first_day": "2026-01-05"}
    made = boss.post(ON_CALL, wanted, format="json")
    assert (made.status_code, made.json()["members"]) == (201, [bob.pk, ann.pk])
    assert len(made.json()["on_call_now"]) == 1
    address = f"{ON_CALL}/{made.json()['id']}"
    assert boss.patch(address, {"shift_days": 0}, format="json").json()["on_call_now"] == [bob.pk, ann.pk]
    assert boss.patch(address, {"members": [ann.pk]}, format="json").json()["members"] == [ann.pk]
    assert boss.delete(address).status_code == 204
    actions = AuditEntry.objects.filter(action__startswith="on_call").order_by("id").values_list("action", flat=True)
    assert list(actions) == ["on_call.created", "on_call.changed", "on_call.changed", "on_call.deleted"]


def test_a_group_that_a_policy_tells_is_not_deleted(boss: APIClient) -> None:
    group = OnCallGroup.objects.create(name="Night")
    make_policy().on_call.add(group)
    assert boss.delete(f"{ON_CALL}/{group.pk}").status_code == 409
    assert OnCallGroup.objects.exists()


@pytest.mark.parametrize("role", [Role.VIEWER, Role.SUPERVISOR])
def test_on_call_groups_are_there_for_admins_only(role: Role) -> None:
    group, client = OnCallGroup.objects.create(name="Night"), client_of(make_user(role=role))
    assert client.get(ON_CALL).json()["results"] == []
    assert client.get(f"{ON_CALL}/{group.pk}").status_code == 404
    assert client.patch(f"{ON_CALL}/{group.pk}", {"name": "Mine"}, format="json").status_code == 404
    assert client.delete(f"{ON_CALL}/{group.pk}").status_code == 404
    assert client.post(ON_CALL, {"name": "Mine"}, format="json").status_code == 403


def test_an_endpoint_is_set_up_and_its_secrets_are_never_shown(boss: APIClient) -> None:
    made = boss.post(ENDPOINTS, {"kind": "webhook", "name": "Desk", "url": SECRET_URL}, format="json")
    assert made.status_code == 201
    address = f"{ENDPOINTS}/{made.json()['id']}"
    changed = boss.patch(address, {"name": "Front desk", "seconds": 5}, format="json")
    assert (changed.json()["name"], changed.json()["settings"]["seconds"]) == ("Front desk", 5)
    assert Endpoint.objects.get().secrets["url"] == SECRET_URL
    texts = [answer.content.decode() for answer in (made, changed, boss.get(address), boss.get(ENDPOINTS))]
    assert not any("very-secret" in text or "sealed" in text for text in texts)
    assert boss.delete(address).status_code == 204


def test_an_mqtt_broker_is_set_up_and_its_password_stays_where_it_is_not_given(boss: APIClient) -> None:
    wanted = {
        "kind": "mqtt", "name": "Plant", "url": "mqtts://broker.example", "user": "vms", "password": "swordfish",
    }  # fmt: skip
    made = boss.post(ENDPOINTS, wanted, format="json")
    assert (made.status_code, made.json()["settings"]["user"]) == (201, "vms")
    boss.patch(f"{ENDPOINTS}/{made.json()['id']}", {"topic": "plant/{camera}"}, format="json")
    endpoint = Endpoint.objects.get()
    assert (endpoint.settings["topic"], endpoint.secrets["password"]) == ("plant/{camera}", "swordfish")
    assert "swordfish" not in boss.get(ENDPOINTS).content.decode()


@pytest.mark.parametrize(
    ("values", "status"),
    [
        ({"kind": "webhook", "name": "Desk"}, 422),
        ({"kind": "webhook", "name": "Desk", "url": "ftp://example.org"}, 422),
        ({"kind": "apprise", "name": "Chat", "url": "nonsense"}, 422),
        ({"kind": "pigeon", "name": "Desk", "url": SECRET_URL}, 400),
    ],
)
def test_what_a_kind_cannot_use_is_refused(boss: APIClient, values: dict[str, str], status: int) -> None:
    answer = boss.post(ENDPOINTS, values, format="json")
    assert (answer.status_code, Endpoint.objects.exists()) == (status, False)
    assert "very-secret" not in answer.content.decode()


def test_a_key_is_shown_once_and_the_old_one_forgotten(boss: APIClient) -> None:
    address = f"{ENDPOINTS}/{make_webhook(SECRET_URL).id}"
    key = boss.post(f"{address}/key").json()["key"]
    assert boss.get(address).json()["signing_keys"] == 2
    assert key not in boss.get(address).content.decode()
    assert boss.post(f"{address}/forget-old-key").json()["signing_keys"] == 1
    assert Endpoint.objects.get().secrets["keys"] == [key]


def test_supervisors_look_and_send_tests_and_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    send: Callable[..., str] = lambda *_: "Taken."  # noqa: E731
    monkeypatch.setattr(endpoint_channel.EndpointChannel, "send_notice", send)
    address, client = f"{ENDPOINTS}/{make_webhook(SECRET_URL).id}", client_of(make_user(role=Role.SUPERVISOR))
    assert client.get(address).status_code == 200
    assert client.post(f"{address}/test").json()["answer"] == "Taken."
    assert client.patch(address, {"enabled": False}, format="json").status_code == 403
    assert client.delete(address).status_code == 403
    assert client.post(f"{address}/key").status_code == 403
    assert client.post(ENDPOINTS, {"kind": "webhook", "name": "x", "url": SECRET_URL}, format="json").status_code == 403
    assert Endpoint.objects.get().enabled


def test_viewers_find_no_endpoint() -> None:
    address, client = f"{ENDPOINTS}/{make_webhook(SECRET_URL).id}", client_of(make_user())
    assert client.get(ENDPOINTS).json()["results"] == []
    assert {client.get(address).status_code, client.post(f"{address}/test").status_code} == {404}
    assert client.delete(address).status_code == 404
