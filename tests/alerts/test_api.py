"""Alerts and policies through the API."""

from __future__ import annotations

import uuid

import pytest
from pytest_django import DjangoAssertNumQueries
from rest_framework.test import APIClient

from alerts.choices import Channel
from alerts.models import Alert, AlertPolicy
from alerts.services import alert_raise_for_event
from cameras.models import Camera
from events.choices import Severity
from tests.alerts.scenes import grant, make_camera, make_event, make_policy, make_rule, make_user
from vms.accounts.choices import Role
from vms.accounts.models import User
from vms.audit.models import AuditEntry

pytestmark = pytest.mark.django_db

ALERTS, POLICIES = "/api/v1/alerts", "/api/v1/alert-policies"


@pytest.fixture
def camera() -> Camera:
    make_policy(name="everything")
    return make_camera()


@pytest.fixture
def user(camera: Camera) -> User:
    user = make_user()
    grant(user, camera, "view_camera", "review_camera")
    return user


def client_of(user: User) -> APIClient:
    client = APIClient()
    client.force_authenticate(user)
    return client


@pytest.fixture
def client(user: User) -> APIClient:
    return client_of(user)


@pytest.fixture
def admin() -> APIClient:
    return client_of(make_user("admin", role=Role.ADMIN))


def raised(camera: Camera, severity: Severity = Severity.HIGH) -> Alert:
    (alert,) = alert_raise_for_event(event=make_event(camera, severity=severity))
    return alert


def test_only_ones_own_alerts_are_listed_and_others_are_404(client: APIClient, camera: Camera) -> None:
    alert, hidden = raised(camera), raised(make_camera("Hidden"))
    answer = client.get(ALERTS).json()
    assert [row["id"] for row in answer["results"]] == [str(alert.id)]
    assert answer["results"][0]["camera_name"] == "Gate 2"
    assert client.get(f"{ALERTS}/{alert.id}").status_code == 200
    assert client.get(f"{ALERTS}/{hidden.id}").status_code == 404
    assert client.post(f"{ALERTS}/{hidden.id}/acknowledge").status_code == 404
    assert client.get(f"{ALERTS}/{hidden.id}/deliveries").status_code == 404


def test_a_list_costs_the_same_however_long_it_is(
    client: APIClient, camera: Camera, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for _ in range(12):
        raised(camera)
    with django_assert_max_num_queries(3):
        assert len(client.get(ALERTS).json()["results"]) == 12


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"severity": "high"}, 1),
        ({"severity": ["high", "low"]}, 2),
        ({"state": "acknowledged"}, 0),
        ({"raised_before": "2020-01-01T00:00:00Z"}, 0),
        ({"raised_after": "2020-01-01T00:00:00Z"}, 2),
    ],
)
def test_filters(client: APIClient, camera: Camera, query: dict[str, str | list[str]], found: int) -> None:
    raised(camera, Severity.HIGH)
    raised(camera, Severity.LOW)
    assert len(client.get(ALERTS, query).json()["results"]) == found


def test_filtering_by_another_persons_camera_is_as_by_none(client: APIClient, camera: Camera) -> None:
    hidden = make_camera("Hidden")
    raised(camera)
    assert len(client.get(ALERTS, {"camera": camera.id}).json()["results"]) == 1
    answers = [client.get(ALERTS, {"camera": number}) for number in (hidden.id, hidden.id + 1000)]
    assert [answer.status_code for answer in answers] == [400, 400]


def test_acknowledging_twice_is_a_conflict_that_says_who_was_first(client: APIClient, camera: Camera) -> None:
    alert = raised(camera)
    first = client.post(f"{ALERTS}/{alert.id}/acknowledge")
    assert (first.status_code, first.json()["acknowledged_by"]) == (200, "olga")
    second = client.post(f"{ALERTS}/{alert.id}/acknowledge")
    assert second.status_code == 409
    assert second.json()["code"] == "conflict"
    assert "olga acknowledged this alert already" in second.json()["message"]


def test_several_are_acknowledged_together(client: APIClient, camera: Camera) -> None:
    alerts = [str(raised(camera).id) for _ in range(3)]
    assert len(client.post(f"{ALERTS}/acknowledge", {"alerts": alerts}, format="json").json()) == 3
    unknown = {"alerts": [str(uuid.uuid4())]}
    assert client.post(f"{ALERTS}/acknowledge", unknown, format="json").status_code == 404
    assert client.post(f"{ALERTS}/acknowledge", {"alerts": []}, format="json").status_code == 400


def test_counts(client: APIClient, camera: Camera) -> None:
    raised(camera)
    assert client.get(f"{ALERTS}/counts").json() == {"low": 0, "medium": 0, "high": 1, "critical": 0}


def test_what_became_of_the_messages_is_for_admins(client: APIClient, admin: APIClient, camera: Camera) -> None:
    make_policy(make_user("stranger"), name="told", channels=(Channel.EMAIL,), least_severity=Severity.CRITICAL)
    told = alert_raise_for_event(event=make_event(camera, severity=Severity.CRITICAL))[-1]
    alert = next(alert for alert in Alert.objects.all() if alert.deliveries.exists())
    assert told.event_id == alert.event_id
    assert client.get(f"{ALERTS}/{alert.id}/deliveries").status_code == 403
    (row,) = admin.get(f"{ALERTS}/{alert.id}/deliveries").json()
    assert (row["recipient"], row["state"]) == ("stranger", "suppressed")


def test_policies_are_there_for_admins_only(client: APIClient, admin: APIClient, camera: Camera) -> None:
    policy = AlertPolicy.objects.get(name="everything")
    assert client.get(POLICIES).json()["results"] == []
    assert client.get(f"{POLICIES}/{policy.id}").status_code == 404
    assert client.patch(f"{POLICIES}/{policy.id}", {"enabled": False}, format="json").status_code == 404
    assert client.post(POLICIES, {"name": "x", "channels": []}, format="json").status_code == 403
    assert [row["name"] for row in admin.get(POLICIES).json()["results"]] == ["The platform itself", "everything"]


def test_an_admin_makes_changes_and_removes_a_policy(admin: APIClient, user: User, camera: Camera) -> None:
    wish = {
        "name": "Gate at night",
        "cameras": [camera.id],
        "rules": [make_rule().id],
        "recipients": [user.id],
        "channels": ["email", "email", "in_app"],
        "least_severity": "high",
    }
    made = admin.post(POLICIES, wish, format="json")
    assert made.status_code == 201
    assert made.json()["channels"] == ["email", "in_app"]
    address = f"{POLICIES}/{made.json()['id']}"
    assert admin.patch(address, {"enabled": False, "recipients": []}, format="json").json()["enabled"] is False
    assert AlertPolicy.objects.get(name="Gate at night").recipients.count() == 0
    assert admin.delete(address).status_code == 204
    assert set(AuditEntry.objects.values_list("action", flat=True)) == {
        "policy.created",
        "policy.changed",
        "policy.deleted",
    }


def test_a_policys_name_is_its_own(admin: APIClient, camera: Camera) -> None:
    answer = admin.post(POLICIES, {"name": "everything", "channels": []}, format="json")
    assert (answer.status_code, answer.json()["code"]) == (409, "conflict")


def test_a_policy_that_has_raised_alerts_stays(admin: APIClient, camera: Camera) -> None:
    alert = raised(camera)
    answer = admin.delete(f"{POLICIES}/{alert.policy_id}")
    assert answer.status_code == 409
    assert "Switch it off" in answer.json()["message"]
