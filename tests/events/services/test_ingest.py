"""Events from GPU hosts: kept once, only from whoever holds the chunk, only for the job's own rules."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any

import pytest

from alerts.choices import Channel
from alerts.models import Alert, AlertPolicy
from events.choices import EventState, Severity
from events.models import Event
from events.services import event_end, event_ingest, events_close_abandoned
from events.services.storing import event_message
from rules.engine.schema import RuleSpec
from tests.workers.leased import (
    LOITERER,
    boot,
    checkpoint_of,
    claim,
    end_of,
    make_node,
    make_queued_job,
    start_of,
)
from vms.errors import InvalidError
from workers.choices import JobState
from workers.errors import LeaseLostError
from workers.models import Job
from workers.runtime.contract import EventSubmission, event_key
from workers.services.chunks import chunk_checkpoint

pytestmark = pytest.mark.django_db


def test_an_event_is_stored_with_the_words_and_times_of_its_rule_and_recording() -> None:
    node, job = make_node(), make_queued_job()
    event, is_new = event_ingest(node=node, submission=start_of(claim(node, job)))
    stored = Event.objects.get()
    assert is_new and stored == event
    assert stored.message == "Loiterer: person in Yard at Gate"
    assert stored.started_at == job.recording.started_at + timedelta(seconds=3)
    assert (stored.state, stored.severity, stored.severity_rank) == (EventState.OPEN, Severity.HIGH, 2)


def test_the_same_event_again_is_known_and_raises_no_second_alert() -> None:
    AlertPolicy.objects.create(name="All", channels=[Channel.IN_APP])
    node, job = make_node(), make_queued_job()
    start = start_of(claim(node, job))
    assert [event_ingest(node=node, submission=start)[1] for _ in range(2)] == [True, False]
    assert (Event.objects.count(), Alert.objects.count()) == (1, 1)


def test_an_event_whose_alert_cannot_be_raised_is_not_stored(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*, event: Event) -> list[Alert]:
        raise RuntimeError("no")

    monkeypatch.setattr("events.services.storing.alert_raise_for_event", broken)
    node, job = make_node(), make_queued_job()
    with pytest.raises(RuntimeError):
        event_ingest(node=node, submission=start_of(claim(node, job)))
    assert not Event.objects.exists()


def test_an_earlier_epoch_is_refused() -> None:
    node, job = make_node(), make_queued_job()
    stale = start_of(claim(node, job))
    boot(node)
    claim(node, job)
    with pytest.raises(LeaseLostError):
        event_ingest(node=node, submission=stale)


def test_another_node_is_refused() -> None:
    node, other, job = make_node(), make_node("south"), make_queued_job()
    with pytest.raises(LeaseLostError):
        event_ingest(node=other, submission=start_of(claim(node, job)))


FOREIGN: list[dict[str, Any]] = [
    {"camera_id": 999_999},
    {"rule_id": 999_999},
    {"rule_version": 2},
    {"event_id": uuid.UUID(int=7)},
    {"start_ms": 10_000_000},
    {"track_id": 2**70},
    {"box_xyxy": (0, 0, float("nan"), 1)},
    {"evidence": {"dwell": float("inf")}},
    {"evidence": {"text": "a\x00b"}},
    {"evidence": {"text": "x" * 40_000}},
    {"class_name": "per\x00son"},
]


@pytest.mark.parametrize("change", FOREIGN, ids=str)
def test_what_does_not_fit_the_job_or_the_database_is_refused(change: dict[str, Any]) -> None:
    node, job = make_node(), make_queued_job()
    honest = start_of(claim(node, job))
    forged = EventSubmission.model_validate(honest.model_dump() | change)
    if "event_id" not in change:
        key = event_key(forged.job_id, forged.rule_id, forged.rule_version, forged.track_id, forged.start_ms)
        forged = forged.model_copy(update={"event_id": key})
    with pytest.raises(InvalidError):
        event_ingest(node=node, submission=forged)
    assert not Event.objects.exists()


@pytest.mark.parametrize(
    ("template", "message"),
    [
        ("{rule} {class_name} {camera} {zone}", "Loiterer person Gate Yard"),
        ("{rule.__class__} {camera!r} {0} {other}", "{rule.__class__} {camera!r} {0} {other}"),
        ("{{rule}} 100 %s", "{Loiterer} 100 %s"),
        ("x" * 300, "x" * 300),
    ],
)
def test_a_message_knows_four_names_and_nothing_else(template: str, message: str) -> None:
    spec: RuleSpec = LOITERER.model_copy(update={"message": template})
    assert event_message(spec, "person", "Gate") == message


@pytest.mark.parametrize(
    ("class_name", "message"), [("scene", "Loiterer: Gate"), ("person", "Loiterer: person at Gate")]
)
def test_a_message_that_nobody_wrote_names_what_the_event_is_about_if_anything(class_name: str, message: str) -> None:
    spec = RuleSpec(name="Loiterer", when=LOITERER.when)
    assert event_message(spec, class_name, "Gate") == message


def test_names_with_braces_are_not_filled_in_again() -> None:
    assert event_message(LOITERER, "{camera}", "{rule}") == "Loiterer: {camera} in Yard at {rule}"


def test_an_event_ends_once() -> None:
    node, job = make_node(), make_queued_job()
    start = start_of(claim(node, job))
    event_ingest(node=node, submission=start)
    assert [event_end(node=node, end=end_of(start, 9_000))[1] for _ in range(2)] == [True, False]
    event = Event.objects.get()
    assert event.state == EventState.ENDED
    assert event.ended_at == job.recording.started_at + timedelta(seconds=9)


def test_an_end_without_its_event_is_refused() -> None:
    node, job = make_node(), make_queued_job()
    start = start_of(claim(node, job))
    with pytest.raises(InvalidError):
        event_end(node=node, end=end_of(start, 9_000))


def test_an_end_before_the_start_is_refused() -> None:
    node, job = make_node(), make_queued_job()
    start = start_of(claim(node, job))
    event_ingest(node=node, submission=start)
    with pytest.raises(InvalidError):
        event_end(node=node, end=end_of(start, 2_999))


def test_another_nodes_end_is_refused() -> None:
    node, other, job = make_node(), make_node("south"), make_queued_job()
    start = start_of(claim(node, job))
    event_ingest(node=node, submission=start)
    with pytest.raises(LeaseLostError):
        event_end(node=other, end=end_of(start, 9_000))
    assert Event.objects.get().state == EventState.OPEN


def test_an_end_may_come_in_a_later_chunk_than_its_start() -> None:
    node, other, job = make_node(), make_node("south"), make_queued_job()
    first = claim(node, job)
    start = start_of(first)
    event_ingest(node=node, submission=start)
    chunk_checkpoint(node=node, job_id=job.id, index=0, checkpoint=checkpoint_of(node, first))
    second = claim(other, job)
    assert event_end(node=other, end=end_of(start, 25_000).model_copy(update={"epoch": second.epoch}))[1]


@pytest.mark.parametrize("state", [JobState.CANCELLED, JobState.FAILED])
def test_events_of_a_job_that_stopped_are_ended_where_it_stood(state: JobState) -> None:
    node, job = make_node(), make_queued_job()
    event_ingest(node=node, submission=start_of(claim(node, job)))
    Job.objects.filter(id=job.id).update(state=state, position_ms=12_000)
    assert events_close_abandoned() == 1
    event = Event.objects.get()
    assert event.ended_at == job.recording.started_at + timedelta(seconds=12)
    assert events_close_abandoned() == 0
