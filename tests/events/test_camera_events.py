"""Offline and frozen cameras are events like any other: once, with alerts, and an end."""

from __future__ import annotations

import pytest
from django.db import transaction
from django.test import Client
from pytest_django import DjangoCaptureOnCommitCallbacks

from alerts.choices import AlertState, Channel, GroupBy
from alerts.models import Alert, AlertPolicy
from cameras.models import Camera, CameraHealth
from cameras.services.health_sweep import healths_sweep
from events.camera_events import camera_events_settle
from events.forms import EventFilterForm
from events.models import Event
from events.selectors import events_visible_to
from rules.choices import SystemRule
from rules.system import system_rule
from tests.cameras.live import Reader, make_live_camera
from tests.cameras.world import grant, make_user
from vms.accounts.choices import Role
from workers.models import Stream
from workers.runtime.contract import StreamCondition as Condition
from workers.runtime.contract import event_key

pytestmark = pytest.mark.django_db


@pytest.fixture
def reader() -> Reader:
    reader = Reader(make_live_camera())
    reader.plays(Condition.ONLINE, 20)
    return reader


def test_an_offline_camera_is_an_event_that_starts_with_the_trouble_and_ends_with_it(reader: Reader) -> None:
    began = reader.now
    reader.plays(Condition.UNAUTHORISED, 20)
    event = Event.objects.get()
    assert (event.rule.system, event.severity, event.state) == ("camera_offline", "high", "open")
    assert (event.started_at, event.class_name, event.job) == (began, "camera", None)
    assert event.message == "Camera Gate is offline: it does not accept the user name or the password"
    back = reader.now
    reader.plays(Condition.ONLINE, 20)
    event.refresh_from_db()
    assert (event.state, event.ended_at) == ("ended", back)


def test_its_id_follows_from_the_stream_and_the_moment(reader: Reader) -> None:
    began = reader.now
    reader.plays(Condition.ENDED, 20)
    stream, rule = Stream.objects.get(), system_rule(SystemRule.CAMERA_OFFLINE)
    start_ms = round((began - stream.started_at).total_seconds() * 1000)
    assert Event.objects.get().id == event_key(stream.id, rule.id, 1, 0, start_ms)


def test_a_frozen_camera_is_an_event_of_its_own_kind(reader: Reader) -> None:
    reader.plays(Condition.FROZEN, 64)
    assert (Event.objects.get().rule.system, Event.objects.get().severity) == ("camera_frozen", "medium")
    reader.plays(Condition.ENDED, 10)
    assert list(Event.objects.order_by("started_at").values_list("rule__system", "state")) == [
        ("camera_frozen", "ended"),
        ("camera_offline", "open"),
    ]


def test_settling_again_changes_nothing(reader: Reader) -> None:
    AlertPolicy.objects.create(name="All")
    reader.plays(Condition.ENDED, 20)
    for _ in range(3):
        with transaction.atomic():
            camera_events_settle(healths=list(CameraHealth.objects.select_for_update()))
    assert (Event.objects.count(), Alert.objects.count()) == (1, 1)


def test_it_raises_the_alerts_of_the_policies_that_name_its_rule_and_tells_people(
    reader: Reader, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    guard = make_user("guard")
    grant(guard, reader.camera)
    named = AlertPolicy.objects.create(name="Cameras", channels=[Channel.IN_APP])
    named.rules.add(system_rule(SystemRule.CAMERA_OFFLINE))
    named.recipients.add(guard)
    other = AlertPolicy.objects.create(name="Frozen only")
    other.rules.add(system_rule(SystemRule.CAMERA_FROZEN))
    with django_capture_on_commit_callbacks(execute=True):
        reader.plays(Condition.ENDED, 20)
    alert = Alert.objects.get()
    assert (alert.policy, alert.severity) == (named, "high")
    assert alert.deliveries.get().state == "sent"


def switch_off(reader: Reader) -> None:
    Camera.objects.filter(id=reader.camera.id).update(enabled=False)
    healths_sweep(reader.now)


def test_the_alerts_of_a_camera_that_is_switched_off_are_resolved_with_a_note(reader: Reader) -> None:
    AlertPolicy.objects.create(name="Cameras")
    reader.plays(Condition.ENDED, 20)
    switch_off(reader)
    alert = Alert.objects.get()
    assert (alert.state, alert.resolved_by, alert.event and alert.event.state) == (AlertState.RESOLVED, None, "ended")
    change = alert.changes.get()
    assert (change.actor_name, change.kind, change.note) == ("VMS", "resolved", "The camera was switched off.")
    german = make_user("ada", role=Role.ADMIN)
    german.language = "de"
    german.save()
    page = Client()
    page.force_login(german)
    assert "Die Kamera wurde ausgeschaltet." in page.get(f"/alerts/{alert.id}/").content.decode()


def test_an_alert_of_a_camera_that_comes_back_waits_for_somebody(reader: Reader) -> None:
    AlertPolicy.objects.create(name="Cameras")
    reader.plays(Condition.ENDED, 20)
    reader.plays(Condition.ONLINE, 20)
    switch_off(reader)
    assert Alert.objects.get().state == AlertState.OPEN


def test_an_alert_of_several_cameras_is_resolved_when_the_last_of_them_is_switched_off(reader: Reader) -> None:
    AlertPolicy.objects.create(name="Sites", group_by=[GroupBy.SITE], group_minutes=10)
    other = Reader(make_live_camera("Quay"))
    for one in (reader, other):
        one.plays(Condition.ENDED, 30)
    switch_off(reader)
    assert Alert.objects.get().state == AlertState.OPEN
    switch_off(other)
    assert Alert.objects.get().state == AlertState.RESOLVED


def test_a_camera_without_a_stream_is_offline_without_an_event(reader: Reader) -> None:
    Stream.objects.all().delete()
    assert reader.plays(Condition.ENDED, 10).state == "offline"
    assert not Event.objects.exists()


def test_people_find_it_among_their_events_by_its_rule(reader: Reader) -> None:
    guard, stranger = make_user("guard"), make_user("stranger")
    grant(guard, reader.camera)
    reader.plays(Condition.ENDED, 20)
    rule = system_rule(SystemRule.CAMERA_OFFLINE)
    form = EventFilterForm({"rule": str(rule.id)}, user=guard)
    assert form.apply(events_visible_to(guard)).count() == 1
    assert not EventFilterForm({"rule": str(rule.id)}, user=stranger).is_valid()


@pytest.mark.parametrize("ended", [False, True])
def test_its_pages_say_that_there_is_no_clip(reader: Reader, ended: bool) -> None:
    reader.plays(Condition.ENDED, 20)
    if ended:
        reader.plays(Condition.ONLINE, 20)
    client = Client()
    client.force_login(make_user("ada", role=Role.ADMIN))
    page = client.get(f"/events/{Event.objects.get().id}/").content.decode()
    assert "There is no clip: this event is about the camera itself." in page
    assert "100 % sure" not in page
    assert "Camera Gate is offline" in client.get("/events/").content.decode()
