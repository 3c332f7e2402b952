"""Taking alerts in hand."""

from __future__ import annotations

import uuid

import pytest
from pytest_django import DjangoCaptureOnCommitCallbacks

from alerts.choices import AlertState
from alerts.models import Alert
from alerts.selectors import alert_counts, alerts_visible_to
from alerts.services import alert_acknowledge, alert_raise_for_event, alerts_acknowledge
from cameras.models import Camera
from events.choices import Severity
from events.live import LiveMessage, camera_group, user_group
from tests.alerts.scenes import grant, make_camera, make_event, make_policy, make_user
from vms.accounts.models import User
from vms.audit.models import AuditEntry
from vms.errors import ConflictError, NotFoundError

pytestmark = pytest.mark.django_db


@pytest.fixture
def camera() -> Camera:
    make_policy(name="everything")
    return make_camera()


@pytest.fixture
def guard(camera: Camera) -> User:
    user = make_user("guard")
    grant(user, camera, "view_camera", "review_camera")
    return user


@pytest.fixture
def pushed(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, LiveMessage]]:
    sent: list[tuple[str, LiveMessage]] = []
    monkeypatch.setattr("alerts.live.push_all", sent.extend)
    monkeypatch.setattr("alerts.channels.in_app.push_all", sent.extend)
    return sent


def raised(camera: Camera, severity: Severity = Severity.HIGH) -> Alert:
    (alert,) = alert_raise_for_event(event=make_event(camera, severity=severity))
    return alert


def test_acknowledging_notes_who_and_when_and_leaves_a_trace(camera: Camera, guard: User) -> None:
    alert = alert_acknowledge(user=guard, alert_id=raised(camera).id)
    assert (alert.state, alert.acknowledged_by) == (AlertState.ACKNOWLEDGED, guard)
    assert alert.acknowledged_at is not None
    entry = AuditEntry.objects.get(action="alert.acknowledged")
    assert (entry.actor, entry.target) == (guard, f"alerts.alert:{alert.id}")


def test_the_second_is_told_who_was_first_and_when(camera: Camera, guard: User) -> None:
    alert = alert_acknowledge(user=guard, alert_id=raised(camera).id)
    second = make_user("second")
    grant(second, camera, "view_camera", "review_camera")
    with pytest.raises(ConflictError, match=r"guard acknowledged this alert already, on \d{4}-\d\d-\d\d at .* CES?T\."):
        alert_acknowledge(user=second, alert_id=alert.id)
    alert.refresh_from_db()
    assert alert.acknowledged_by == guard


@pytest.mark.parametrize("permissions", [(), ("view_camera",)])
def test_without_the_right_to_review_there_is_no_such_alert(camera: Camera, permissions: tuple[str, ...]) -> None:
    alert, user = raised(camera), make_user()
    if permissions:
        grant(user, camera, *permissions)
    with pytest.raises(NotFoundError):
        alert_acknowledge(user=user, alert_id=alert.id)
    with pytest.raises(NotFoundError):
        alerts_acknowledge(user=user, alert_ids=[alert.id])


def test_several_are_acknowledged_together_and_earlier_ones_stay_whose_they_are(camera: Camera, guard: User) -> None:
    other = make_user("other")
    grant(other, camera, "view_camera", "review_camera")
    alerts = [raised(camera) for _ in range(3)]
    alert_acknowledge(user=other, alert_id=alerts[0].id)
    changed = alerts_acknowledge(user=guard, alert_ids=[alert.id for alert in alerts])
    assert {alert.id for alert in changed} == {alert.id for alert in alerts[1:]}
    alerts[0].refresh_from_db()
    assert alerts[0].acknowledged_by == other
    assert AuditEntry.objects.filter(action="alert.acknowledged").count() == 3


def test_one_unknown_alert_among_several_changes_nothing(camera: Camera, guard: User) -> None:
    alert = raised(camera)
    with pytest.raises(NotFoundError):
        alerts_acknowledge(user=guard, alert_ids=[alert.id, uuid.uuid4()])
    alert.refresh_from_db()
    assert alert.state == AlertState.OPEN


def test_pages_of_the_camera_are_told_after_the_commit(
    camera: Camera,
    guard: User,
    pushed: list[tuple[str, LiveMessage]],
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    alert = raised(camera)
    with django_capture_on_commit_callbacks(execute=True):
        alert_acknowledge(user=guard, alert_id=alert.id)
        assert pushed == []
    ((group, message),) = pushed
    assert (group, message["kind"], message["id"]) == (camera_group(camera.id), "alert.updated", str(alert.id))
    assert message["data"]["acknowledged_by"] == "guard"


def test_each_recipient_in_the_app_is_told_once_after_the_commit_and_lists_follow(
    camera: Camera,
    guard: User,
    pushed: list[tuple[str, LiveMessage]],
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    stranger = make_user("stranger")
    make_policy(guard, stranger, name="told")
    with django_capture_on_commit_callbacks(execute=True):
        alert_raise_for_event(event=make_event(camera))
    told, *listed = [(group, message["kind"]) for group, message in pushed]
    assert told == (user_group(guard.id), "alert.raised")
    assert set(listed) == {(camera_group(camera.id), "alert.updated")}


def test_nobody_sees_alerts_of_other_peoples_cameras(camera: Camera, guard: User) -> None:
    raised(camera)
    raised(make_camera("Hidden"))
    assert [alert.camera for alert in alerts_visible_to(guard)] == [camera]
    assert alert_counts(guard) == {"low": 0, "medium": 0, "high": 1, "critical": 0}


def test_acknowledged_alerts_are_not_counted(camera: Camera, guard: User) -> None:
    raised(camera, Severity.LOW)
    alert_acknowledge(user=guard, alert_id=raised(camera, Severity.CRITICAL).id)
    assert alert_counts(guard) == {"low": 1, "medium": 0, "high": 0, "critical": 0}
