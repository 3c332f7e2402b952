"""How many alerts wait for each of many people: what each would be told alone."""

from __future__ import annotations

import pytest
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from alerts.models import Alert
from alerts.selectors import alert_counts, alerts_gravest, alerts_waiting, alerts_waiting_for
from cameras.selectors import cameras_seen_by
from tests.pages.rows import alert_make, camera_make, event_make, user_make
from vms.accounts.choices import Role

pytestmark = pytest.mark.django_db


def test_each_has_the_number_of_their_own_inbox(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    gate, yard, shed = (camera_make(name) for name in ("Gate", "Yard", "Shed"))
    put_off, decided, *_ = [alert_make(event_make(camera)) for camera in (gate, yard, gate, gate, yard, shed)]
    Alert.objects.filter(id=put_off.id).update(snoozed_until=timezone.now())
    Alert.objects.filter(id=decided.id).update(state="acknowledged", acknowledged_at=timezone.now())
    admin = user_make("ada", role=Role.ADMIN)
    people = [admin, user_make("guard", gate, yard), user_make("new"), user_make("eve", shed)]
    seen = cameras_seen_by(people)
    with django_assert_num_queries(1):
        numbers = alerts_waiting_for([(person, seen[person.pk]) for person in people])
    assert numbers == [alerts_waiting(person).count() for person in people] == [4, 3, 0, 1]


def test_the_gravest_come_first_and_of_one_severity_the_newest() -> None:
    gate, shed = camera_make("Gate"), camera_make("Shed")
    low, critical, older, newer = (
        alert_make(event_make(gate), severity) for severity in ("low", "critical", "high", "high")
    )
    alert_make(event_make(shed), "critical")
    guard = user_make("guard", gate)
    assert alerts_gravest(guard, 3, alert_counts(guard)) == [critical, newer, older]
    assert alerts_gravest(guard, 9, alert_counts(guard)) == [critical, newer, older, low]
