"""The coverage ledger through reports, silence, stops of everything and the API."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from cameras.coverage import Coverage, coverage_of_spans, coverage_of_stretches, coverage_spans, coverage_stretches_of
from cameras.models import Camera, CameraHealth, CoverageSpan
from cameras.services import conditions
from cameras.services.health import CameraReport, health_note
from cameras.services.health_sweep import healths_sweep
from events.models import Event
from tests.api.clients import client_of
from tests.cameras.live import START, Reader, health_of, make_live_camera
from tests.cameras.world import grant, make_user
from workers.models import Stream, WorkerNode
from workers.runtime.contract import StreamCondition as Condition

pytestmark = pytest.mark.django_db
Row = tuple[int, int, str, str]


def sweep_until(start: datetime, end: datetime, *, every: float = 5) -> None:
    now = start
    while now < end:
        now += timedelta(seconds=every)
        healths_sweep(now)


def ledger(camera: Camera) -> list[Row]:
    """(first minute, minutes, state, reason), minutes counted from START."""
    spans = CoverageSpan.objects.filter(camera=camera).order_by("started_at")
    minute = timedelta(minutes=1)
    return [
        ((span.started_at - START) // minute, (span.ended_at - span.started_at) // minute, span.state, span.reason)
        for span in spans
    ]


@pytest.fixture
def camera() -> Camera:
    return make_live_camera()


@pytest.fixture
def reader(camera: Camera) -> Reader:
    """The ledger begins with minute 1, the first whole one; it is 09:01:00."""
    reader = Reader(camera)
    reader.plays(Condition.ONLINE, 60)
    return reader


def test_minutes_in_which_all_was_well_are_one_span(reader: Reader) -> None:
    for _ in range(5):
        reader.plays(Condition.ONLINE, 60)
        healths_sweep(reader.now)
    reader.plays(Condition.ONLINE, 10)
    healths_sweep(reader.now)
    assert ledger(reader.camera) == [(1, 5, "analysed", "")]


def test_an_outage_of_ninety_seconds_is_blind_and_degraded_minutes_with_its_reason(reader: Reader) -> None:
    reader.plays(Condition.ONLINE, 30)
    reader.plays(Condition.UNREACHABLE, 90)
    reader.plays(Condition.ONLINE, 70)
    healths_sweep(reader.now)
    why = conditions.REASONS[Condition.UNREACHABLE]
    assert ledger(reader.camera) == [(1, 1, "degraded", why), (2, 1, "blind", why), (3, 1, "analysed", "")]


def test_a_frozen_picture_is_blind_though_it_is_not_told_yet(reader: Reader) -> None:
    reader.plays(Condition.FROZEN, 50)
    reader.plays(Condition.ONLINE, 20)
    healths_sweep(reader.now)
    assert ledger(reader.camera) == [(1, 1, "degraded", conditions.REASONS[Condition.FROZEN])]


def test_a_camera_of_which_no_worker_speaks_is_blind_and_then_offline_by_a_fault_of_ours(reader: Reader) -> None:
    reader.plays(Condition.ONLINE, 20)
    silent_since = reader.now
    sweep_until(silent_since, silent_since + timedelta(seconds=30))
    assert CameraHealth.objects.get().state == "online"
    sweep_until(silent_since + timedelta(seconds=30), silent_since + timedelta(minutes=4))
    health = CameraHealth.objects.get()
    assert (health.state, health.fault, health.reason) == ("offline", "platform", conditions.NO_WORKER)
    assert health.since is not None and timedelta(0) <= silent_since - health.since <= timedelta(seconds=10)
    assert ledger(reader.camera) == [
        (1, 1, "degraded", conditions.WORKER_SILENT),
        (2, 2, "blind", conditions.WORKER_SILENT),
    ]


def test_a_failover_of_fifteen_seconds_raises_nothing_and_stands_in_the_ledger(reader: Reader) -> None:
    back = reader.now + timedelta(seconds=25)
    sweep_until(reader.now, back, every=3)
    reader.now, reader.since = back, back
    reader.plays(Condition.ONLINE, 80)
    healths_sweep(reader.now)
    assert CameraHealth.objects.get().state == "online"
    assert not Event.objects.exists()
    assert ledger(reader.camera) == [(1, 1, "degraded", conditions.WORKER_SILENT)]


def test_a_node_that_was_cut_off_but_went_on_is_believed_as_far_as_it_is_not_yet_counted(reader: Reader) -> None:
    reader.now += timedelta(seconds=25)
    reader.plays(Condition.ONLINE, 80)
    healths_sweep(reader.now)
    assert ledger(reader.camera) == [(1, 1, "analysed", "")]


def test_a_node_that_could_not_report_and_lost_its_camera_to_nobody_is_believed(reader: Reader) -> None:
    node = WorkerNode.objects.create(name="north")
    Stream.objects.update(state="running", node=node, boot_id=uuid.uuid4(), assigned_at=reader.now, taken_at=reader.now)
    back = reader.now + timedelta(seconds=100)
    sweep_until(reader.now, back)
    reader.now = back
    reader.plays(Condition.ONLINE, 30)
    healths_sweep(reader.now)
    assert ledger(reader.camera) == [(1, 2, "analysed", "")]


@pytest.mark.parametrize("first", ["sweep", "report"])
def test_minutes_in_which_nothing_ran_are_blind_and_say_so(reader: Reader, first: str) -> None:
    reader.plays(Condition.ONLINE, 10)
    reader.now += timedelta(minutes=30)
    reader.since = reader.now
    if first == "sweep":
        healths_sweep(reader.now)
    reader.plays(Condition.ONLINE, 120)
    healths_sweep(reader.now)
    assert ledger(reader.camera)[:2] == [
        (1, 1, "degraded", conditions.NOT_RUNNING),
        (2, 29, "blind", conditions.NOT_RUNNING),
    ]
    assert ledger(reader.camera)[3:] == [(32, 1, "analysed", "")]
    assert not Event.objects.exists()


def test_after_a_stop_workers_have_their_whole_patience_before_anything_is_raised(reader: Reader) -> None:
    started = reader.now + timedelta(hours=1)
    sweep_until(started, started + timedelta(seconds=30))
    assert CameraHealth.objects.get().state == "online"
    sweep_until(started + timedelta(seconds=30), started + timedelta(seconds=50))
    assert CameraHealth.objects.get().state == "offline"


def test_sweeps_that_were_missed_change_nothing(reader: Reader) -> None:
    other = Reader(make_live_camera("Other"), now=START)
    other.plays(Condition.ONLINE, 60)
    for each in (other, reader):
        each.plays(Condition.ONLINE, 200)
        each.plays(Condition.ENDED, 100)
        if each is reader:
            healths_sweep(each.now)
        each.plays(Condition.ONLINE, 100)
    healths_sweep(reader.now)
    healths_sweep(reader.now)
    assert ledger(reader.camera) == ledger(other.camera) != []


def test_a_camera_that_is_switched_off_is_blind_on_purpose_and_ends_its_event(reader: Reader) -> None:
    reader.plays(Condition.ENDED, 20)
    assert Event.objects.get().state == "open"
    Camera.objects.update(enabled=False)
    sweep_until(reader.now, reader.now + timedelta(minutes=3))
    health = CameraHealth.objects.get()
    assert (health.state, health.reason) == ("unknown", conditions.SWITCHED_OFF)
    event = Event.objects.get()
    assert (event.state, event.ended_at) == ("ended", reader.now + timedelta(seconds=5))
    end = reader.now + timedelta(minutes=2)
    minutes = coverage_of_spans(coverage_spans(reader.camera, START, end))
    assert (minutes.switched_off, minutes.share) == (2, None)
    assert coverage_of_stretches(coverage_stretches_of([reader.camera.id], START, end)[reader.camera.id]) == minutes


@pytest.mark.parametrize("minutes", [1, 60])
@pytest.mark.parametrize("first", ["sweep", "report"])
def test_a_camera_that_is_switched_on_again_begins_anew_and_was_off_until_then(
    reader: Reader, minutes: int, first: str
) -> None:
    back = reader.now + timedelta(minutes=minutes)
    Camera.objects.update(enabled=False)
    sweep_until(reader.now, back)
    Camera.objects.update(enabled=True)
    if first == "sweep":
        sweep_until(back, back + timedelta(seconds=3), every=1)
    health = CameraHealth.objects.get()
    assert (health.state, Event.objects.exists()) == ("unknown", False)
    reader.now = reader.since = back + timedelta(seconds=3)
    assert reader.plays(Condition.ONLINE, 130).state == "online"
    healths_sweep(reader.now)
    assert ledger(reader.camera) == [(1, minutes, "blind", conditions.SWITCHED_OFF), (minutes + 1, 2, "analysed", "")]
    assert not Event.objects.exists()


def test_a_camera_that_is_switched_on_again_and_that_nobody_watches_is_offline_after_the_usual_patience(
    reader: Reader,
) -> None:
    back = reader.now + timedelta(hours=1)
    Camera.objects.update(enabled=False)
    sweep_until(reader.now, back)
    Camera.objects.update(enabled=True)
    sweep_until(back, back + timedelta(seconds=40))
    assert CameraHealth.objects.get().state == "unknown"
    sweep_until(back + timedelta(seconds=40), back + timedelta(seconds=50))
    assert CameraHealth.objects.get().state == "offline"


def test_a_camera_that_nobody_has_watched_is_offline_in_the_end(camera: Camera) -> None:
    sweep_until(START, START + timedelta(seconds=20))
    assert CameraHealth.objects.get().state == "unknown"
    sweep_until(START + timedelta(seconds=20), START + timedelta(minutes=4))
    assert CameraHealth.objects.get().state == "offline"
    assert ledger(camera) == [(1, 2, "blind", conditions.WORKER_SILENT)]


def test_recordings_have_no_health() -> None:
    make_live_camera(site="Elsewhere")
    Camera.objects.update(source_kind="upload")
    healths_sweep(START)
    assert not CameraHealth.objects.exists()


def test_a_clock_that_was_set_back_counts_nothing_twice(reader: Reader) -> None:
    reader.plays(Condition.ONLINE, 130)
    healths_sweep(reader.now)
    back = reader.now - timedelta(seconds=90)
    health_note([CameraReport(reader.camera.id, health_of(Condition.ENDED), back)])
    healths_sweep(back)
    assert ledger(reader.camera) == [(1, 2, "analysed", "")]


def count_sweep(now: datetime) -> int:
    with CaptureQueriesContext(connection) as queries:
        healths_sweep(now)
    return len([query for query in queries if "SAVEPOINT" not in query["sql"]])


def test_a_sweep_takes_as_many_queries_for_forty_cameras_as_for_one() -> None:
    counts = []
    for number in (1, 40):
        cameras = [make_live_camera(f"Camera {number}-{index}") for index in range(number)]
        for seconds in (0, 61, 70, 80, 121):
            health = health_of(frames_analysed=seconds, now_ms=seconds * 1000)
            at = START + timedelta(seconds=seconds)
            health_note([CameraReport(camera.id, health, at) for camera in cameras])
        counts.append(count_sweep(START + timedelta(seconds=125)))
        Camera.objects.update(enabled=False)
        CameraHealth.objects.all().delete()
    assert counts[0] == counts[1] <= 8


def test_spans_are_cut_to_the_period(reader: Reader) -> None:
    reader.plays(Condition.ONLINE, 360)
    healths_sweep(reader.now)
    start, end = START + timedelta(minutes=2), START + timedelta(minutes=4)
    spans = coverage_spans(reader.camera, start, end)
    assert [(span.started_at, span.ended_at) for span in spans] == [(start, end)]
    assert coverage_of_spans(spans) == Coverage(analysed=2)
    assert coverage_stretches_of([reader.camera.id], start, end) == {reader.camera.id: [("analysed", 0, 2)]}


def test_the_api_gives_spans_minutes_and_a_share(reader: Reader) -> None:
    reader.plays(Condition.ONLINE, 60)
    reader.plays(Condition.ENDED, 60)
    reader.plays(Condition.ONLINE, 70)
    healths_sweep(reader.now)
    user = make_user("olga")
    grant(user, reader.camera)
    address = f"/api/v1/cameras/{reader.camera.id}/coverage"
    answer = client_of(user).get(address, {"from": START.isoformat(), "to": reader.now.isoformat()}).json()
    assert answer["minutes"] == {"analysed": 2, "degraded": 0, "blind": 1, "switched_off": 0}
    assert answer["share"] == pytest.approx(2 / 3)
    assert [span["state"] for span in answer["spans"]] == ["analysed", "blind", "analysed"]
    wrong = client_of(user).get(address, {"from": reader.now.isoformat(), "to": START.isoformat()})
    assert (wrong.status_code, wrong.json()["code"]) == (422, "invalid")
