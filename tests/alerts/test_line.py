"""An event goes the whole line every five minutes; what it proves is told, and nothing else of it is seen."""

from __future__ import annotations

import csv
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from io import StringIO
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.conf import LazySettings
from django.core.cache import cache
from django.db import connections
from django.test import Client
from django.utils import timezone
from pytest_django.live_server_helper import LiveServer

from alerts import line, system_watch
from alerts.channels import sink
from alerts.choices import AlertState, Channel, SystemCategory
from alerts.deliveries import delivery_send
from alerts.line import line_prove
from alerts.models import Alert, Delivery, LineProof, SystemEvent
from alerts.selectors import alert_counts
from alerts.system_watch import platform_watch
from events.catch_up import missed_by
from events.models import Event
from events.services import event_ingest
from events.services.line import HIDDEN_NAME
from reports.models import ReportFile
from reports.periods import period_of_days
from tests.alerts.scenes import make_camera, make_policy, make_user
from tests.reports.requests import ask, built
from vms.accounts.choices import Role
from vms.accounts.models import User
from vms.dashboard import day_context
from vms.observability import measurements
from workers.errors import LeaseLostError
from workers.models import WorkerNode
from workers.services.line_node import line_node

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _fresh(monkeypatch: pytest.MonkeyPatch) -> None:
    cache.clear()
    monkeypatch.setattr(line, "SECONDS", 60)


@pytest.fixture
def admin() -> User:
    return make_user("root", role=Role.ADMIN)


@pytest.fixture
def boss(admin: User) -> Client:
    client = Client()
    client.force_login(admin)
    return client


@pytest.fixture
def on_its_way(admin: User) -> Event:
    """The event is stored and its message waits, beside a policy that takes every event."""
    make_policy(admin, name="everything")
    submission = line._begin(timezone.now())
    assert submission is not None
    return event_ingest(node=line_node(), submission=submission)[0]


def arrive() -> None:
    delivery_send(delivery_id=Delivery.objects.get(channel=Channel.SINK).id)


def age(**by: Any) -> None:
    proof = LineProof.objects.get()
    shift = timedelta(**by)
    LineProof.objects.update(
        sent_at=proof.sent_at and proof.sent_at - shift, tried_since=proof.tried_since and proof.tried_since - shift
    )


def watched_long() -> None:
    cache.set(system_watch.WATCHED_SINCE, timezone.now() - timedelta(hours=1), timeout=60)


@pytest.mark.django_db(transaction=True)
def test_an_event_goes_from_the_internal_api_to_the_sink(live_server: LiveServer, settings: LazySettings) -> None:
    settings.INTERNAL_URL = live_server.url
    assert line_prove()
    arrive()
    proof = LineProof.objects.get()
    assert proof.proven_at is not None
    assert (proof.tried_since, proof.trouble) == (None, "")
    assert proof.milliseconds is not None


@pytest.mark.django_db(transaction=True)
def test_of_many_processes_one_sends(live_server: LiveServer, settings: LazySettings) -> None:
    settings.INTERNAL_URL = live_server.url

    def prove(_: int) -> bool:
        try:
            return line_prove()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(prove, range(8))) == 1
    assert (Event.objects.count(), Delivery.objects.count()) == (1, 1)


@pytest.mark.django_db(transaction=True)
def test_without_the_platforms_key_nothing_is_taken_in(
    live_server: LiveServer, settings: LazySettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.INTERNAL_URL = live_server.url
    monkeypatch.setattr(line, "line_token", lambda: "guessed")
    assert not line_prove()
    assert LineProof.objects.get().trouble == "The internal API answered 401."
    assert not Event.objects.exists()


def test_a_worker_cannot_send_them(on_its_way: Event) -> None:
    submission = line._submission(timezone.now())
    node = WorkerNode.objects.create(name="gpu-1")
    with pytest.raises(LeaseLostError):
        event_ingest(node=node, submission=submission)


def test_the_next_one_goes_after_five_minutes_and_the_one_before_is_forgotten(on_its_way: Event) -> None:
    arrive()
    sent_at = LineProof.objects.get().sent_at
    assert sent_at is not None
    assert line._begin(sent_at + timedelta(minutes=4)) is None
    assert line._begin(sent_at + timedelta(minutes=5)) is not None
    assert (Event.objects.count(), Alert.objects.count(), Delivery.objects.count()) == (0, 0, 0)


def test_what_is_not_proven_is_tried_again_soon_and_the_time_counts_from_the_first(on_its_way: Event) -> None:
    since = LineProof.objects.get().tried_since
    assert since is not None
    assert line._begin(since + timedelta(seconds=29)) is None
    assert line._begin(since + timedelta(seconds=30)) is not None
    assert LineProof.objects.get().tried_since == since


def test_one_that_was_given_up_proves_nothing(on_its_way: Event) -> None:
    delivery = Delivery.objects.select_related("alert__event").get()
    line._begin(timezone.now() + timedelta(seconds=31))
    sink.send(delivery)
    assert LineProof.objects.get().proven_at is None


def test_what_does_not_arrive_in_a_minute_is_told_until_one_does(on_its_way: Event) -> None:
    age(seconds=61)
    watched_long()
    platform_watch()
    trouble = SystemEvent.objects.get()
    assert (trouble.category, trouble.severity) == (SystemCategory.LINE, "critical")
    arrive()
    platform_watch()
    assert Alert.objects.get(system_event=trouble).state == AlertState.RESOLVED


def test_a_line_that_nobody_tries_any_more_is_told(on_its_way: Event) -> None:
    arrive()
    age(minutes=7)
    watched_long()
    platform_watch()
    assert SystemEvent.objects.get().category == SystemCategory.LINE


def test_after_a_pause_of_the_platform_it_has_its_time(on_its_way: Event) -> None:
    age(days=1)
    platform_watch()
    assert not SystemEvent.objects.exists()


def test_a_web_process_that_is_away_is_named(admin: User, settings: LazySettings) -> None:
    settings.INTERNAL_URL = "http://127.0.0.1:9"
    assert not line_prove()
    assert "could not be reached" in LineProof.objects.get().trouble


PAGES = [
    "/", "/events/", "/alerts/", "/alerts/messages/", "/alerts/policies/", "/alerts/policies/add", "/cameras/",
    "/wall/", "/wall/new/", "/rules/", "/reports/", "/upload/", "/jobs/", "/fleet/", "/account/messages/",
    "/admin/events/event/", "/admin/alerts/alert/", "/admin/alerts/delivery/", "/admin/alerts/alertpolicy/",
    "/admin/alerts/alertpolicy/add/", "/admin/cameras/camera/", "/admin/cameras/site/", "/admin/rules/rule/",
    "/api/v1/events", "/api/v1/alerts", "/api/v1/alert-policies", "/api/v1/cameras", "/api/v1/sites", "/api/v1/rules",
    "/api/v1/alert-messages", "/api/v1/zones",
]  # fmt: skip


@pytest.mark.parametrize("path", PAGES)
def test_no_page_no_list_and_no_form_shows_it(boss: Client, on_its_way: Event, path: str) -> None:
    page = boss.get(path, follow=True)
    assert page.status_code == 200
    text = page.content.decode()
    assert HIDDEN_NAME not in text
    assert str(on_its_way.id) not in text
    assert str(Alert.objects.get().id) not in text


@pytest.mark.parametrize(
    "path", ["/events/{event}/", "/api/v1/events/{event}", "/alerts/{alert}/", "/api/v1/alerts/{alert}"]
)
def test_it_is_not_there(boss: Client, on_its_way: Event, path: str) -> None:
    assert boss.get(path.format(event=on_its_way.id, alert=Alert.objects.get().id)).status_code == 404


def test_no_other_policy_takes_it(on_its_way: Event) -> None:
    assert Alert.objects.get().policy.name == HIDDEN_NAME


def test_it_counts_nowhere(admin: User, on_its_way: Event) -> None:
    assert sum(alert_counts(admin).values()) == 0
    assert day_context(admin)["event_total"] == 0
    counted = {
        (metric.name, sample.labels.get("state")): sample.value
        for metric in [*measurements.large_tables(), *measurements.cameras()]
        for sample in metric.samples
    }
    assert not any(counted.values())


def test_no_page_that_was_away_is_told_of_it(admin: User, on_its_way: Event) -> None:
    assert missed_by(admin, timezone.now() - timedelta(minutes=1)) == []


def test_no_report_and_no_export_holds_it(
    admin: User, on_its_way: Event, settings: LazySettings, tmp_path: Path
) -> None:
    settings.MEDIA_ROOT = tmp_path
    today = timezone.now().date()
    make_camera()
    start, end = period_of_days(today, today, ZoneInfo("UTC"))
    run = built(ask(admin, period_start=start, period_end=end))
    text = "".join(path.read_text(errors="ignore") for path in tmp_path.rglob("*") if path.is_file())
    assert ReportFile.objects.filter(run=run).exists()
    assert HIDDEN_NAME not in text
    assert str(on_its_way.id) not in text
    assert list(csv.reader(StringIO(text)))


def test_the_fleet_page_and_the_metrics_say_when_it_was_proven_last(boss: Client, on_its_way: Event) -> None:
    assert "was not proven yet" in boss.get("/fleet/").content.decode()
    arrive()
    LineProof.objects.update(milliseconds=123)
    assert "Line last proven" in (page := boss.get("/fleet/").content.decode()) and "(123 ms)" in page
    values = {metric.name: metric.samples[0].value for metric in measurements.line()}
    assert values["vms_line_seconds"] == 0.123
    assert values["vms_line_proven_timestamp_seconds"] > 0
