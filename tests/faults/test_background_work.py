"""The real process of background work: it does what rows ask for, and what it is killed at is done by the next one."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import LazySettings
from django.db import connection, transaction
from django.utils import timezone

from alerts.actors import sweep_deliveries
from alerts.choices import Channel, DeliveryState
from alerts.models import Delivery
from alerts.services import alert_raise_for_event
from cameras.models import Camera
from reports.actors import sweep_reports
from reports.choices import RunState
from reports.models import ReportFile, Run
from tests.alerts.scenes import grant, make_camera, make_event, make_policy, make_user
from tests.alerts.smtp_sink import running_sink
from tests.cameras.footage import small_video
from tests.cameras.world import make_job
from tests.faults.running import wait_until
from tests.faults.tasks_process import SlowSink, TasksProcess, tasks_process, ticking
from tests.faults.worlds import files_under
from tests.reports.requests import ask
from vms.accounts.models import User
from vms.broker import tasks_broker
from vms.storage.media import incoming_sweep, media_path
from workers.choices import JobState

pytestmark = [pytest.mark.faults, pytest.mark.django_db(transaction=True)]
RECIPIENTS = ("ada", "bea", "cleo")
LONGEST_SECONDS = 150


@pytest.fixture
def sink(settings: LazySettings) -> Iterator[SlowSink]:
    sink = SlowSink()
    with running_sink(settings, sink):
        yield sink
        sink.answering.set()


@pytest.fixture
def tasks(transactional_db: None, media: Path, sink: SlowSink, tmp_path: Path) -> Iterator[TasksProcess]:
    tasks_broker.flush_all()  # what other tests have asked for
    with tasks_process(tmp_path) as tasks:
        yield tasks


@pytest.fixture
def gate(transactional_db: None) -> Camera:
    return make_camera()


@pytest.fixture
def people(gate: Camera) -> list[User]:
    people = [make_user(name) for name in RECIPIENTS]
    for person in people:
        grant(person, gate, "view_camera", "upload_camera")
    return people


def raise_alert(gate: Camera, people: list[User]) -> None:
    make_policy(*people, channels=(Channel.EMAIL,))
    with transaction.atomic():
        alert_raise_for_event(event=make_event(gate))


def sent() -> int:
    return Delivery.objects.filter(state=DeliveryState.SENT).count()


def leases_run_out() -> None:
    """Those of the killed process."""
    past = timezone.now() - timedelta(seconds=1)
    Delivery.objects.filter(state=DeliveryState.SENDING).update(next_attempt_at=past, lease_expires_at=past)
    Run.objects.filter(state=RunState.RUNNING).update(next_attempt_at=past)


@contextmanager
def files_locked() -> Iterator[None]:
    """No report is done meanwhile."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f'LOCK TABLE "{ReportFile._meta.db_table}" IN ACCESS EXCLUSIVE MODE')
        yield


def message_ids() -> set[str]:
    return {f"<{delivery_id}@127.0.0.1>" for delivery_id in Delivery.objects.values_list("id", flat=True)}


def test_uploads_are_checked_mails_are_sent_and_reports_are_built(
    tasks: TasksProcess, sink: SlowSink, gate: Camera, people: list[User]
) -> None:
    job = make_job(people[0], gate, content=small_video(seconds=3))
    raise_alert(gate, people)
    run = ask(people[0], formats=("csv", "xlsx", "pdf"))

    def is_done() -> bool:
        assert tasks.process.poll() is None, tasks.log()
        job.refresh_from_db()
        run.refresh_from_db()
        return job.state != JobState.VALIDATING and run.state == RunState.DONE and sent() == len(people)

    wait_until(is_done, LONGEST_SECONDS, "the three are done")
    assert job.state == JobState.QUEUED, job.error
    assert job.recording.facts is not None and job.chunks.exists()
    assert set(sink.identities()) == message_ids() and len(sink.messages) == len(people)
    assert {file.format for file in run.files.all()} == {"csv", "xlsx", "pdf"}
    assert all(media_path(file.file_name).stat().st_size == file.size_bytes for file in run.files.all())


def test_mails_of_a_process_that_is_killed_while_it_sends_are_sent_by_the_next(
    tasks: TasksProcess, sink: SlowSink, gate: Camera, people: list[User]
) -> None:
    sink.answering.clear()
    raise_alert(gate, people)
    wait_until(lambda: len(sink.messages) == len(people), LONGEST_SECONDS, "the mail server has all messages")
    tasks.kill()
    assert sent() == 0
    sink.answering.set()
    tasks.start()
    leases_run_out()
    with ticking(sweep_deliveries):
        wait_until(lambda: sent() == len(people), LONGEST_SECONDS, "the next process sends them")
    assert set(sink.identities()) == message_ids()
    assert list(Delivery.objects.values_list("attempts", flat=True)) == [2] * len(people)


def test_a_report_of_a_process_that_is_killed_while_it_builds_is_built_by_the_next(
    tasks: TasksProcess, people: list[User]
) -> None:
    run = ask(people[0], formats=("csv", "pdf"))

    def is_in(state: RunState) -> bool:
        run.refresh_from_db()
        return run.state == state

    with files_locked():  # so that it does not end before anybody has looked
        wait_until(lambda: is_in(RunState.RUNNING), LONGEST_SECONDS, "the building begins")
        tasks.kill()
    assert is_in(RunState.RUNNING)
    tasks.start()
    leases_run_out()
    with ticking(sweep_reports):
        wait_until(lambda: is_in(RunState.DONE), LONGEST_SECONDS, "the next process builds it")
    assert run.attempts == 2
    incoming_sweep(older_than_seconds=-1)
    stored = {name for name in files_under(media_path("reports").parent) if not name.endswith(".log")}
    assert stored == {file.file_name for file in run.files.all()} and len(stored) == 2
