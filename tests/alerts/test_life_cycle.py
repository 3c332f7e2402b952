"""What people do with an alert, and what happens to it by itself."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from alerts.choices import AlertState, ChangeKind, Channel, DeliveryState
from alerts.models import Alert, Delivery, EscalationStep, OnCallGroup, OnCallMember
from alerts.selectors import alert_counts
from alerts.services import (
    alert_acknowledge,
    alert_assign,
    alert_comment,
    alert_link,
    alert_raise_for_event,
    alert_reopen,
    alert_resolve,
    alert_snooze,
)
from alerts.services.due import alerts_escalate, alerts_resolve_quiet, alerts_wake
from cameras.models import Camera
from tests.alerts.scenes import grant, make_camera, make_event, make_policy, make_user
from vms.accounts.choices import Role
from vms.accounts.models import User
from vms.audit.models import AuditEntry
from vms.errors import ConflictError, InvalidError, NotFoundError

pytestmark = pytest.mark.django_db


@pytest.fixture
def camera() -> Camera:
    return make_camera()


@pytest.fixture
def guard(camera: Camera) -> User:
    user = make_user("guard")
    grant(user, camera, "view_camera", "review_camera")
    return user


def raised(camera: Camera, **policy: Any) -> Alert:
    make_policy(**policy)
    (alert,) = alert_raise_for_event(event=make_event(camera))
    return alert


def again(alert: Alert) -> Alert:
    return Alert.objects.get(id=alert.id)


def history(alert: Alert) -> list[tuple[str, str]]:
    return list(alert.changes.values_list("actor_name", "kind"))


def test_every_change_is_history_and_in_the_audit_trail(camera: Camera, guard: User) -> None:
    alert = raised(camera)
    alert_assign(user=guard, alert_id=alert.id, assignee_id=guard.id)
    alert_comment(user=guard, alert_id=alert.id, note="On my way.")
    alert_acknowledge(user=guard, alert_id=alert.id)
    alert_resolve(user=guard, alert_id=alert.id, note="A cleaner.")
    alert_reopen(user=guard, alert_id=alert.id)
    alert_resolve(user=guard, alert_id=alert.id, false=True)
    kinds = ["assigned", "comment", "acknowledged", "resolved", "reopened", "false"]
    assert history(alert) == [("guard", kind) for kind in kinds]
    assert list(AuditEntry.objects.order_by("id").values_list("action", flat=True)) == [f"alert.{k}" for k in kinds]
    assert again(alert).state == AlertState.FALSE


def test_one_that_is_opened_again_escalates_again_and_tells_the_same_people_once_more(
    camera: Camera, guard: User
) -> None:
    boss = make_user("boss", role=Role.ADMIN)
    policy = make_policy(guard, channels=(Channel.EMAIL,))
    step = policy.steps.create(after_minutes=5, channels=[Channel.EMAIL])
    step.recipients.add(boss)
    (alert,) = alert_raise_for_event(event=make_event(camera))

    def told() -> int:
        Alert.objects.filter(next_escalation_at__isnull=False).update(next_escalation_at=timezone.now())
        alerts_escalate()
        alerts_escalate()
        return alert.deliveries.filter(recipient=boss).count()

    assert told() == 1
    alert_resolve(user=guard, alert_id=alert.id)
    opened = alert_reopen(user=guard, alert_id=alert.id)
    assert opened.reopened_at and opened.next_escalation_at == opened.reopened_at + timedelta(minutes=5)
    assert (told(), told()) == (2, 2)


def test_a_decided_alert_cannot_be_decided_again_and_the_sentence_says_who_did(camera: Camera, guard: User) -> None:
    alert = raised(camera)
    alert_resolve(user=guard, alert_id=alert.id)
    with pytest.raises(ConflictError, match="guard resolved this alert already"):
        alert_resolve(user=guard, alert_id=alert.id, false=True)
    with pytest.raises(ConflictError):
        alert_acknowledge(user=guard, alert_id=alert.id)


def test_who_may_only_look_may_write_but_change_nothing(camera: Camera) -> None:
    viewer = make_user("viewer")
    grant(viewer, camera)
    alert = raised(camera)
    alert_comment(user=viewer, alert_id=alert.id, note="Who is this?")
    for deed in (alert_acknowledge, alert_resolve):
        with pytest.raises(NotFoundError):
            deed(user=viewer, alert_id=alert.id)
    assert again(alert).state == AlertState.OPEN


def test_an_alert_is_given_only_to_who_may_review_its_camera(camera: Camera, guard: User) -> None:
    alert = raised(camera)
    with pytest.raises(InvalidError):
        alert_assign(user=guard, alert_id=alert.id, assignee_id=make_user("stranger").id)
    assert again(alert).assigned_to is None


def test_an_event_can_be_linked_once_and_only_one_that_the_person_sees(camera: Camera, guard: User) -> None:
    alert, other = raised(camera), make_event(camera)
    alert_link(user=guard, alert_id=alert.id, event_id=other.id)
    with pytest.raises(ConflictError):
        alert_link(user=guard, alert_id=alert.id, event_id=other.id)
    with pytest.raises(NotFoundError):
        alert_link(user=guard, alert_id=alert.id, event_id=make_event(make_camera("Hidden")).id)
    assert alert.links.count() == 2


def test_what_is_put_off_leaves_the_count_and_comes_back(camera: Camera, guard: User) -> None:
    alert = raised(camera)
    alert_snooze(user=guard, alert_id=alert.id, until=timezone.now() + timedelta(hours=1))
    assert alert_counts(guard)["high"] == 0
    assert alerts_wake() == 0
    Alert.objects.update(snoozed_until=timezone.now())
    assert (alerts_wake(), alerts_wake()) == (1, 0)
    assert alert_counts(guard)["high"] == 1
    assert history(alert)[-1] == ("VMS", ChangeKind.WOKEN)


def test_an_alert_cannot_be_put_off_for_longer_than_a_week(camera: Camera, guard: User) -> None:
    alert = raised(camera)
    for days in (-1, 8):
        with pytest.raises(InvalidError):
            alert_snooze(user=guard, alert_id=alert.id, until=timezone.now() + timedelta(days=days))


@pytest.fixture
def escalating(camera: Camera, guard: User) -> Alert:
    policy = make_policy(guard, channels=(Channel.IN_APP,))
    boss = make_user("boss", role=Role.ADMIN)
    group = OnCallGroup.objects.create(name="Guards")
    OnCallMember.objects.create(group=group, user=guard)
    first = EscalationStep.objects.create(policy=policy, after_minutes=5, channels=[Channel.EMAIL])
    first.on_call.add(group)
    second = EscalationStep.objects.create(policy=policy, after_minutes=15, channels=[Channel.EMAIL])
    second.recipients.add(boss, guard)
    (alert,) = alert_raise_for_event(event=make_event(camera))
    return alert


def minutes_pass(minutes: int) -> None:
    then = timezone.now() - timedelta(minutes=minutes)
    for alert in Alert.objects.exclude(next_escalation_at=None):
        early = alert.raised_at - then
        Alert.objects.filter(id=alert.id).update(
            raised_at=then, next_escalation_at=alert.next_escalation_at - early if alert.next_escalation_at else None
        )


def told() -> list[tuple[str, str, int]]:
    rows = Delivery.objects.order_by("step", "created_at").select_related("recipient")
    return [(str(row.recipient), row.channel, row.step) for row in rows]


def test_nobody_acknowledged_in_time_so_the_next_ones_are_told_once(escalating: Alert) -> None:
    assert alerts_escalate() == 0
    minutes_pass(6)
    assert (alerts_escalate(), alerts_escalate()) == (1, 0)
    assert told() == [("guard", Channel.IN_APP, 0), ("guard", Channel.EMAIL, 1)]
    minutes_pass(16)
    assert alerts_escalate() == 1
    assert told()[2:] == [("boss", Channel.EMAIL, 2)]  # the guard has had a mail
    assert again(escalating).next_escalation_at is None
    assert history(escalating) == [("VMS", ChangeKind.ESCALATED)] * 2


def test_an_acknowledged_alert_is_not_escalated(escalating: Alert, guard: User) -> None:
    alert_acknowledge(user=guard, alert_id=escalating.id)
    minutes_pass(20)
    assert alerts_escalate() == 0
    assert len(told()) == 1


def test_what_is_put_off_is_escalated_only_when_it_is_back(escalating: Alert, guard: User) -> None:
    alert_snooze(user=guard, alert_id=escalating.id, until=timezone.now() + timedelta(hours=1))
    minutes_pass(6)
    assert alerts_escalate() == 0
    Alert.objects.update(snoozed_until=timezone.now())
    alerts_wake()
    assert alerts_escalate() == 1


def test_an_alert_ends_by_itself_when_nothing_more_happens(camera: Camera) -> None:
    alert = raised(camera, auto_resolve_minutes=10, group_minutes=30)
    assert alerts_resolve_quiet() == 0
    Alert.objects.update(auto_resolve_at=timezone.now())
    alert_raise_for_event(event=make_event(camera))
    assert alerts_resolve_quiet() == 0
    Alert.objects.update(auto_resolve_at=timezone.now())
    assert alerts_resolve_quiet() == 1
    assert (again(alert).state, again(alert).resolved_by) == (AlertState.RESOLVED, None)
    assert history(alert) == [("VMS", ChangeKind.RESOLVED)]


def test_roles_and_addresses_are_told_too_and_a_role_only_where_it_may_view(camera: Camera) -> None:
    seeing, blind = make_user("seeing", role=Role.SUPERVISOR), make_user("blind", role=Role.SUPERVISOR)
    grant(seeing, camera)
    alert = raised(camera, channels=[Channel.IN_APP], roles=[Role.SUPERVISOR], addresses=["desk@example.org"])
    rows = {(row.target_name, row.channel, row.state) for row in alert.deliveries.select_related("recipient")}
    assert rows == {
        ("seeing", Channel.IN_APP, DeliveryState.SENT),
        ("desk@example.org", Channel.EMAIL, DeliveryState.QUEUED),
    }
    assert blind.get_username() not in {name for name, _, _ in rows}


def test_what_is_linked_is_not_told_to_who_may_see_the_alert_alone(camera: Camera, guard: User) -> None:
    alert, other = raised(camera), make_event(make_camera("Vault"))
    grant(guard, other.camera)
    alert_link(user=guard, alert_id=alert.id, event_id=other.id)
    note = alert.changes.get(kind=ChangeKind.LINKED).note
    assert str(other.id) in note and "Vault" not in note


def test_an_alert_that_cannot_be_escalated_does_not_hold_up_the_others(escalating: Alert, camera: Camera) -> None:
    (other,) = alert_raise_for_event(event=make_event(camera))
    OnCallGroup.objects.update(shift_days=1, first_day="2026-01-01", time_zone="Nowhere/At all")
    broken = escalating.policy
    whole = make_policy(channels=(Channel.IN_APP,))
    EscalationStep.objects.create(policy=whole, after_minutes=5, channels=[Channel.EMAIL])
    Alert.objects.filter(id=other.id).update(policy=whole)
    minutes_pass(6)
    assert alerts_escalate() == 1
    assert [again(alert).escalation_level for alert in (escalating, other)] == [0, 1]
    assert Alert.objects.filter(policy=broken, next_escalation_at__isnull=False).exists()
