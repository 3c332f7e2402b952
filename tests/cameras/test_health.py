"""A camera's state follows what its worker says, but only once it has lasted."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from cameras.models import Camera, CameraHealth
from cameras.services import conditions
from cameras.services.health import MOST_EVENTS, CameraReport, events_catch_up, health_note
from cameras.services.tally import Stretch
from events.models import Event
from tests.api.clients import client_of
from tests.cameras.live import START, Reader, health_of, make_live_camera
from tests.cameras.world import make_user
from vms.accounts.choices import Role
from workers.runtime.contract import StreamCondition as Condition

pytestmark = pytest.mark.django_db

BAD = [condition for condition in Condition if condition not in {
    Condition.ONLINE, Condition.CONNECTING, Condition.FROZEN, Condition.SLOW, Condition.RESOLUTION_CHANGED,
}]  # fmt: skip


def stretches(health: CameraHealth) -> list[Stretch]:
    return [Stretch(*stretch) for stretch in health.closed]


@pytest.fixture
def camera() -> Camera:
    return make_live_camera()


@pytest.fixture
def reader(camera: Camera) -> Reader:
    """Of a camera that has been online for a while."""
    reader = Reader(camera)
    reader.plays(Condition.ONLINE, 20)
    return reader


def test_the_first_good_report_makes_a_camera_online_at_once(camera: Camera) -> None:
    health = Reader(camera).plays(Condition.ONLINE, 2)
    assert (health.state, health.since, health.reason) == ("online", START, "")
    assert (health.width, health.height) == (768, 576)


@pytest.mark.parametrize("condition", BAD)
def test_trouble_of_five_seconds_makes_it_offline_with_its_reason(reader: Reader, condition: Condition) -> None:
    began = reader.now
    assert reader.plays(condition, 4).state == "online"
    health = reader.plays(condition, 2)
    assert (health.state, health.since, health.fault) == ("offline", began, "camera")
    assert health.reason == conditions.REASONS[condition]


def test_trouble_that_passes_within_five_seconds_is_not_told(reader: Reader) -> None:
    reader.plays(Condition.STALLED, 4)
    health = reader.plays(Condition.ONLINE, 10)
    assert (health.state, health.since, health.pending_state) == ("online", START, "")
    assert not Event.objects.exists()


def test_trouble_of_several_kinds_in_a_row_is_one_trouble(reader: Reader) -> None:
    began = reader.now
    reader.plays(Condition.STALLED, 2)
    reader.plays(Condition.CONNECTING, 2)
    health = reader.plays(Condition.UNREACHABLE, 2)
    assert (health.state, health.since) == ("offline", began)
    assert health.reason == conditions.REASONS[Condition.UNREACHABLE]


def test_connecting_again_keeps_the_reason_why_the_connection_failed(reader: Reader) -> None:
    reader.plays(Condition.UNAUTHORISED, 6)
    assert reader.plays(Condition.CONNECTING, 6).reason == conditions.REASONS[Condition.UNAUTHORISED]


def test_five_good_seconds_make_it_online_again_since_they_began(reader: Reader) -> None:
    reader.plays(Condition.STALLED, 10)
    back = reader.now
    assert reader.plays(Condition.ONLINE, 4).state == "offline"
    health = reader.plays(Condition.ONLINE, 2)
    assert (health.state, health.since, health.reason, health.fault) == ("online", back, "", "")


def test_the_same_picture_for_a_minute_makes_it_frozen(reader: Reader) -> None:
    began = reader.now
    assert reader.plays(Condition.FROZEN, 58).state == "online"
    health = reader.plays(Condition.FROZEN, 4)
    assert (health.state, health.since) == ("frozen", began)


def test_a_camera_that_is_stalled_and_frozen_by_turns_is_not_online(reader: Reader) -> None:
    for _ in range(4):
        reader.plays(Condition.STALLED, 4)
        health = reader.plays(Condition.FROZEN, 4)
    assert health.state == "offline"


@pytest.mark.parametrize(
    ("rates", "more", "reason"),
    [
        ({"frames_analysed": 4, "frames_skipped": 2}, {}, conditions.SKIPPED),
        ({"frames_analysed": 2, "frames_held_back": 3}, {}, conditions.SKIPPED),
        ({"frames_analysed": 4, "frames_damaged": 1}, {}, conditions.DAMAGED),
        ({"frames_analysed": 5}, {"lag_ms": 4_000}, conditions.LATE),
        ({"frames_analysed": 5}, {"ring_bytes": 0}, conditions.NO_CLIPS),
    ],
)
def test_pictures_with_a_fault_are_degraded(
    reader: Reader, rates: dict[str, int], more: dict[str, Any], reason: str
) -> None:
    reader.per_second, reader.more = rates, more
    health = reader.plays(Condition.ONLINE, 30)
    assert (health.state, health.reason) == ("degraded", reason)
    reader.per_second, reader.more = {"frames_analysed": 5}, {}
    assert reader.plays(Condition.ONLINE, 30).state == "online"


@pytest.mark.parametrize("condition", BAD)
def test_a_fault_of_the_stream_for_clips_alone_is_named_too(reader: Reader, condition: Condition) -> None:
    reader.more = {"clip_condition": condition}
    health = reader.plays(Condition.ONLINE, 40)
    assert (health.state, health.reason, health.fault) == ("degraded", conditions.CLIP_REASONS[condition], "camera")
    reader.more = {"clip_condition": Condition.ONLINE}
    assert reader.plays(Condition.ONLINE, 30).state == "online"


def test_a_stream_for_clips_that_was_away_for_a_moment_is_not_told(reader: Reader) -> None:
    reader.more = {"clip_condition": Condition.ENDED}
    reader.plays(Condition.ONLINE, 4)
    reader.more = {"clip_condition": Condition.ONLINE}
    assert reader.plays(Condition.ONLINE, 30).reason == ""


def test_another_size_of_the_picture_is_told_for_a_minute(reader: Reader) -> None:
    reader.more = {"width": 384, "height": 288}
    health = reader.plays(Condition.ONLINE, 30)
    assert (health.state, health.reason) == ("degraded", conditions.SIZE_CHANGED)
    assert reader.plays(Condition.ONLINE, 60).state == "online"


def test_another_worker_that_finds_another_size_tells_it_too(reader: Reader) -> None:
    reader.frames, reader.more = dict.fromkeys(reader.frames, 0), {"width": 384, "height": 288}
    assert reader.plays(Condition.ONLINE, 30).reason == conditions.SIZE_CHANGED


def test_a_jump_of_the_camera_s_clock_is_told_for_a_minute(reader: Reader) -> None:
    reader.frames["clock_jumps"] += 1
    health = reader.plays(Condition.ONLINE, 30)
    assert (health.state, health.reason, health.fault) == ("degraded", conditions.CLOCK_JUMPED, "camera")
    assert reader.plays(Condition.ONLINE, 60).state == "online"
    assert not Event.objects.exists()


def test_a_worker_that_counts_jumps_anew_tells_none(reader: Reader) -> None:
    reader.frames["clock_jumps"] += 1
    reader.plays(Condition.ONLINE, 90)
    reader.frames = dict.fromkeys(reader.frames, 0)
    assert reader.plays(Condition.ONLINE, 30).state == "online"


def test_a_minute_in_which_the_size_changed_stands_in_the_ledger(reader: Reader) -> None:
    reader.more = {"width": 384, "height": 288}
    health = reader.plays(Condition.ONLINE, 120)
    assert ("degraded", conditions.SIZE_CHANGED) in [(stretch.state, stretch.reason) for stretch in stretches(health)]


def test_what_became_of_the_frames_is_told(reader: Reader) -> None:
    reader.per_second = {
        "frames_analysed": 5, "frames_unmoved": 3, "frames_skipped": 1, "frames_held_back": 1, "frames_damaged": 1,
    }  # fmt: skip
    reader.frames = dict.fromkeys(reader.frames, 0)
    reader.plays(Condition.ONLINE, 20)
    admin = make_user("admin", role=Role.ADMIN)
    counts = client_of(admin).get(f"/api/v1/cameras/{reader.camera.id}/health").json()["frames"]
    assert counts["looked_at"] > 0
    shares = {name: round(number / counts["skipped"]) for name, number in counts.items()}
    assert shares == {"looked_at": 2, "unmoved": 3, "skipped": 1, "held_back": 1, "damaged": 1}


def test_frames_skipped_now_and_then_are_not_degraded(reader: Reader) -> None:
    reader.per_second = {"frames_analysed": 10, "frames_skipped": 1}
    assert reader.plays(Condition.ONLINE, 60).state == "online"


def test_a_camera_that_drops_out_again_and_again_is_unstable_and_no_stream_of_alerts(reader: Reader) -> None:
    for _ in range(20):
        reader.plays(Condition.ENDED, 6)
        health = reader.plays(Condition.ONLINE, 6)
    assert (health.state, health.reason) == ("degraded", conditions.UNSTABLE)
    assert Event.objects.count() <= 2
    assert reader.plays(Condition.ONLINE, 130).state == "online"


def test_an_unstable_camera_that_stays_away_is_offline(reader: Reader) -> None:
    for _ in range(5):
        reader.plays(Condition.ENDED, 6)
        reader.plays(Condition.ONLINE, 6)
    began = reader.now
    assert reader.plays(Condition.ENDED, 28).state == "degraded"
    health = reader.plays(Condition.ENDED, 8)
    assert (health.state, health.reason) == ("offline", conditions.REASONS[Condition.ENDED])
    assert health.since is not None and health.since >= began


def test_a_reader_that_reconnects_between_two_reports_is_unstable_too(reader: Reader) -> None:
    for _ in range(4):
        reader.frames["connections"] += 1
        health = reader.plays(Condition.ONLINE, 10)
    assert (health.state, health.reason) == ("degraded", conditions.UNSTABLE)


def test_another_worker_that_connects_first_is_no_outage(reader: Reader) -> None:
    for _ in range(4):
        reader.frames = dict.fromkeys(reader.frames, 0)
        reader.plays(Condition.CONNECTING, 12)
        health = reader.plays(Condition.ONLINE, 10)
    assert (health.state, health.since) == ("online", START)


def test_a_switched_off_camera_is_not_made_online_by_a_late_report(camera: Camera) -> None:
    Camera.objects.filter(id=camera.id).update(enabled=False)
    health_note([CameraReport(camera.id, health_of(), START)])
    assert not CameraHealth.objects.exists()


def test_a_report_that_comes_late_changes_nothing(reader: Reader) -> None:
    before = CameraHealth.objects.get()
    old = CameraReport(reader.camera.id, health_of(Condition.STALLED), START + timedelta(seconds=1))
    health_note([old])
    assert CameraHealth.objects.values().get() == CameraHealth.objects.filter(pk=before.pk).values().get()
    assert CameraHealth.objects.get().condition == "online"


def test_a_camera_that_is_gone_is_left_out(camera: Camera) -> None:
    health_note([CameraReport(999_999, health_of(), START), CameraReport(camera.id, health_of(), START)])
    assert CameraHealth.objects.get().camera_id == camera.id


def note_all(cameras: list[Camera], seconds: float) -> int:
    """How many queries one report of all the cameras takes."""
    at = START + timedelta(seconds=seconds)
    health = health_of(since_ms=0, now_ms=int(seconds * 1000), frames_analysed=int(seconds * 5))
    with CaptureQueriesContext(connection) as queries:
        health_note([CameraReport(camera.id, health, at) for camera in cameras])
    return len([query for query in queries if "SAVEPOINT" not in query["sql"]])


def test_a_report_takes_as_many_queries_for_forty_cameras_as_for_one() -> None:
    cameras = [make_live_camera(f"Camera {number}") for number in range(40)]
    note_all(cameras, 10)
    one = note_all(cameras[:1], 20)
    assert note_all(cameras, 32) == one <= 3


def test_a_report_without_news_writes_nothing_until_ten_seconds_have_passed(camera: Camera) -> None:
    note_all([camera], 10)
    assert note_all([camera], 12) == note_all([camera], 18) == 1
    assert note_all([camera], 20) == 3


def test_the_events_of_many_cameras_at_once_wait_for_the_sweep_and_none_is_lost() -> None:
    cameras = [make_live_camera(f"Camera {number}") for number in range(25)]
    note_all(cameras, 10)
    for seconds in (20, 28):
        at, health = (
            START + timedelta(seconds=seconds),
            health_of(Condition.ENDED, since_ms=12_000, now_ms=seconds * 1000),
        )
        health_note([CameraReport(camera.id, health, at) for camera in cameras])
    assert CameraHealth.objects.filter(state="offline").count() == 25
    assert Event.objects.count() == MOST_EVENTS
    while events_catch_up():
        pass
    assert Event.objects.count() == Event.objects.values("camera").distinct().count() == 25
