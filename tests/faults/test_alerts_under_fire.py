"""Events go through policies while everything around is killed: no alert lost, none doubled, every message out.

``VMS_FAULT_EVENTS`` says how many in the thorough form (10,000).
"""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
import uuid
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
import redis
from django.conf import LazySettings, settings
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.utils import timezone
from redis.exceptions import RedisError

from alerts.actors import sweep_deliveries
from alerts.choices import Channel, DeliveryState
from alerts.models import Alert, AlertEvent, Delivery
from alerts.services import alert_raise_for_event
from cameras.models import Camera
from events.models import Event
from rules.models import Rule
from tests.alerts.channels.endpoints import make_webhook
from tests.alerts.scenes import grant, make_camera, make_policy, make_rule, make_user
from tests.alerts.smtp_sink import running_sink
from tests.faults.running import wait_until
from tests.faults.tasks_process import SlowSink, TasksProcess, tasks_process, ticking
from tests.outbound.receiver import Receiver, running_receiver
from vms.broker import tasks_broker

pytestmark = [pytest.mark.faults, pytest.mark.django_db(transaction=True)]
CAMERAS, WRITERS = 20, 4
FOLLOWED_KILLS = 2
"""So many bring trouble to others too: Valkey is emptied, PostgreSQL crashes."""
UNLIMITED = "1000000"
LONGEST_SECONDS = 3000
THOROUGH_EVENTS = int(os.environ.get("VMS_FAULT_EVENTS", "10000"))


@dataclass(frozen=True)
class Fire:
    """So many kills at most, each so many seconds after the process began to send."""

    kills: int
    seconds: int


@pytest.fixture
def sink(settings: LazySettings) -> Iterator[SlowSink]:
    sink = SlowSink()
    with running_sink(settings, sink):
        yield sink


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with running_receiver() as receiver:
        yield receiver


@pytest.fixture
def tasks(
    transactional_db: None, media: Path, sink: SlowSink, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[TasksProcess]:
    for name in ("VMS_ALERT_MESSAGES_PER_RECIPIENT", "VMS_ALERT_MESSAGES_PER_MINUTE"):
        monkeypatch.setenv(name, UNLIMITED)
    monkeypatch.setenv("VMS_OUTBOUND_NETWORKS", "127.0.0.1/32")
    tasks_broker.flush_all()
    with tasks_process(tmp_path) as tasks:
        yield tasks


@pytest.mark.parametrize(
    ("events", "fire"),
    [
        (300, Fire(kills=3, seconds=3)),
        pytest.param(THOROUGH_EVENTS, Fire(kills=1_000, seconds=10), marks=pytest.mark.thorough),
    ],
    ids=["short", "thorough"],
)
def test_no_alert_is_lost_and_none_doubled_while_everything_is_killed(
    events: int, fire: Fire, tasks: TasksProcess, sink: SlowSink, receiver: Receiver
) -> None:
    cameras = [make_camera(f"Camera {number}") for number in range(CAMERAS)]
    guard = make_user("guard")
    for camera in cameras:
        grant(guard, camera)
    single = make_policy(guard, name="Each", channels=(Channel.IN_APP, Channel.EMAIL))
    single.endpoints.add(make_webhook(receiver.url))
    grouped = make_policy(name="Together", group_minutes=60)
    ids = [uuid.uuid4() for _ in range(events)]
    started = time.monotonic()
    with ticking(sweep_deliveries), troubled(tasks, sink, fire) as trouble:
        rule = make_rule()
        for kills in range(FOLLOWED_KILLS + 1):  # where machines are fast, all would be sent before the first kill
            wait_until(lambda: trouble.kills >= kills, LONGEST_SECONDS, f"{kills} kills")  # noqa: B023
            store_all(ids[kills :: FOLLOWED_KILLS + 1], cameras, rule, trouble)
        stored = time.monotonic() - started
        wait_until(all_sent, LONGEST_SECONDS, "every message is sent")
    seconds = time.monotonic() - started
    came = Came(
        mails=Counter(sink.identities()),
        hooks=Counter(str(received.headers["webhook-id"]) for received in receiver.received),
    )
    tell(events, trouble, came, (stored, seconds))

    alerts = Alert.objects.filter(policy=single)
    assert (alerts.count(), alerts.values("event").distinct().count()) == (events, events)
    assert sum(Alert.objects.filter(policy=grouped).values_list("event_count", flat=True)) == events
    assert Alert.objects.filter(policy=grouped).count() == CAMERAS
    assert AlertEvent.objects.filter(policy=grouped).count() == events
    rows = Delivery.objects.values_list("channel", "state")
    assert Counter(rows) == {
        (Channel.IN_APP, DeliveryState.SENT): events,
        (Channel.EMAIL, DeliveryState.SENT): events,
        (Channel.WEBHOOK, DeliveryState.DELIVERED): events,
    }
    assert set(came.mails) == {f"<{delivery_id}@127.0.0.1>" for delivery_id in identities(Channel.EMAIL)}
    assert set(came.hooks) == {str(delivery_id) for delivery_id in identities(Channel.WEBHOOK)}
    assert trouble.kills and trouble.emptied and trouble.crashed


@dataclass(frozen=True)
class Came:
    """How often each message came, by its id."""

    mails: Counter[str]
    hooks: Counter[str]


def identities(channel: Channel) -> Iterable[uuid.UUID]:
    return Delivery.objects.filter(channel=channel).values_list("id", flat=True)


class Trouble:
    """Kills the tasks process again and again, empties Valkey once and lets PostgreSQL crash once."""

    def __init__(self, tasks: TasksProcess, sink: SlowSink, fire: Fire) -> None:
        self.tasks, self.sink, self.fire = tasks, sink, fire
        self.kills = self.emptied = self.crashed = self.refused = 0
        self.over = threading.Event()

    def run(self) -> None:
        while self.kills < self.fire.kills and self._works() and not self.over.wait(self.fire.seconds):
            self.tasks.kill()
            self.kills += 1
            if self.kills == 1:
                self._empty()
            if self.kills == 2:
                self._crash()
            self.tasks.start()
        connection.close()

    def _works(self) -> bool:
        """Since the last kill the process has begun to send: a slow machine takes its time to start one."""
        before = len(self.sink.messages)
        while len(self.sink.messages) == before:
            if self.over.wait(0.2):
                return False
        return True

    def _empty(self) -> None:
        redis.Redis.from_url(settings.REDIS_URL).flushall()
        self.emptied += 1

    def _crash(self) -> None:
        """One backend killed makes the server cut every connection and recover from its log."""
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_backend_pid()")
            (process,) = cursor.fetchone()
        os.kill(process, signal.SIGKILL)
        connection.close()
        self.crashed += 1


@contextmanager
def troubled(tasks: TasksProcess, sink: SlowSink, fire: Fire) -> Iterator[Trouble]:
    trouble = Trouble(tasks, sink, fire)
    thread = threading.Thread(target=trouble.run)
    thread.start()
    try:
        yield trouble
    finally:
        trouble.over.set()
        thread.join()


def store_all(ids: Sequence[uuid.UUID], cameras: Sequence[Camera], rule: Rule, trouble: Trouble) -> None:
    def write(number: int) -> None:
        for place in range(number, len(ids), WRITERS):
            trouble.refused += persistently(lambda: store(ids[place], cameras[place % len(cameras)], rule))  # noqa: B023
        connection.close()

    with ThreadPoolExecutor(WRITERS) as pool:
        list(pool.map(write, range(WRITERS)))


def store(event_id: uuid.UUID, camera: Camera, rule: Rule) -> None:
    """As the platform takes an event in: sent again after any doubt, and kept once."""
    event = Event(
        id=event_id, camera=camera, rule=rule, rule_version=1, track_id=7, class_name="person", confidence=0.8,
        severity="high", message=f"person at {camera.name}", started_at=timezone.now(), box_xyxy=[0.1, 0.2, 0.3, 0.4],
    )  # fmt: skip
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            # The tests' server answers before it has written; a crash would take back what it said.
            cursor.execute("SET LOCAL synchronous_commit = on")
            event.save(force_insert=True)
            alert_raise_for_event(event=event)
    except IntegrityError:
        assert Event.objects.filter(id=event_id).exists()


def persistently(deed: Callable[[], object]) -> int:
    """Until the database takes it; how often it did not."""
    failures = 0
    while True:
        try:
            deed()
        except (DatabaseError, RedisError):
            connection.close()
            failures += 1
            time.sleep(0.2)
        else:
            return failures


def all_sent() -> bool:
    try:
        left = Delivery.objects.filter(state__in=(DeliveryState.QUEUED, DeliveryState.SENDING)).exists()
    except DatabaseError:
        connection.close()
        return False
    return not left


def tell(events: int, trouble: Trouble, came: Came, seconds: tuple[float, float]) -> None:
    alerts = Alert.objects.filter(policy__name="Each")
    told = alerts.values("event").distinct().count()
    sys.stderr.write(
        f"\n{alerts.count()} alerts, {events - told} lost, {alerts.count() - told} doubled; in the app"
        f" {Delivery.objects.filter(channel=Channel.IN_APP, state=DeliveryState.SENT).count()} messages;"
        f" {events} events stored in {seconds[0]:.0f} s, all told after {seconds[1]:.0f} s; {trouble.kills} kills,"
        f" Valkey emptied {trouble.emptied} time, PostgreSQL crashed {trouble.crashed} time,"
        f" {trouble.refused} stores tried again; {counted('mails', came.mails)}; {counted('webhooks', came.hooks)}\n"
    )


def counted(name: str, came: Counter[str]) -> str:
    return f"{len(came)} {name}, {came.total() - len(came)} of them sent again"
