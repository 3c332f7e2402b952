"""Track logs read back: each moment once, whoever watched it, and only by who may see the camera."""

from __future__ import annotations

import json
from datetime import datetime, timedelta

import pytest
from django.utils import timezone

from cameras.selectors import CameraPermission
from events.models import TrackLog
from events.selectors import track_logs_between
from events.services import track_log_store
from events.track_reading import TrackStretch, stretches
from tests.api.clients import client_of
from tests.cameras.world import grant, make_user
from tests.events.track_logs import keep_tracks, segment
from tests.workers.fleet import lease_at, make_live_camera, shift_stream, stream_of, taken_over, watched
from tests.workers.leased import claim, make_node, make_queued_job
from vms.accounts.choices import Role
from vms.accounts.models import User
from vms.storage.media import media_path
from workers.models import Stream, WorkerNode
from workers.runtime.contract import StreamWork

pytestmark = pytest.mark.django_db


@pytest.fixture
def node() -> WorkerNode:
    return make_node()


@pytest.fixture
def work(node: WorkerNode) -> StreamWork:
    camera = make_live_camera()
    work = watched(node, camera)
    shift_stream(stream_of(camera), 600)
    lease_at(work, 0)
    return work


def zero_of(work: StreamWork) -> datetime:
    return Stream.objects.get(id=work.stream_id).started_at


def read(work: StreamWork, start_ms: int = 0, end_ms: int = 600_000) -> list[TrackStretch]:
    zero = zero_of(work)
    start, end = (zero + timedelta(milliseconds=at_ms) for at_ms in (start_ms, end_ms))
    return list(
        stretches(
            track_logs_between(admin(), [stream.camera for stream in Stream.objects.all()], start, end), start, end
        )
    )


def admin() -> User:
    return make_user(f"ada{timezone.now().timestamp()}", role=Role.ADMIN)


def times(found: list[TrackStretch]) -> list[int]:
    return [frame.timestamp_ms for stretch in found for frame in stretch.frames]


def tracks(found: list[TrackStretch]) -> dict[int, list[int]]:
    """By time: who was seen."""
    return {frame.timestamp_ms: frame.track_ids.tolist() for stretch in found for frame in stretch.frames}


def test_segments_follow_on_each_other_in_the_order_of_time(work: StreamWork) -> None:
    for start_ms in (2_000, 0, 4_000):
        keep_tracks(work, start_ms, start_ms + 1_800)
    found = read(work)
    assert times(found) == list(range(0, 6_000, 200))
    assert {(each.owner_id, each.zero) for each in found} == {(work.stream_id, zero_of(work))}


def test_only_what_was_asked_for_is_given(work: StreamWork) -> None:
    keep_tracks(work, 0, 4_000)
    assert times(read(work, 1_000, 2_000)) == [1_000, 1_200, 1_400, 1_600, 1_800]
    assert read(work, 4_001, 9_000) == []


def test_where_two_nodes_watched_at_once_the_later_lease_counts_from_its_first_frame_on(
    node: WorkerNode, work: StreamWork
) -> None:
    south = make_node("south")
    second = taken_over(south, Stream.objects.get(id=work.stream_id).camera)
    lease_at(work, 0, 3_000)
    lease_at(second, 3_000)
    track_log_store(node=node, data=segment(work, 0, 8_000, track_id=1))
    track_log_store(node=south, data=segment(second, 4_000, 6_000, track_id=2))
    assert tracks(read(work)) == {at_ms: [1 if at_ms < 4_000 else 2] for at_ms in range(0, 6_001, 200)}
    # Also where the later lease has nothing in what is asked for.
    assert read(work, 7_000) == []


def test_that_the_rules_were_told_of_an_end_is_told_where_all_before_it_was_read(work: StreamWork) -> None:
    keep_tracks(work, 0, 1_000, finished=True)
    keep_tracks(work, 2_000, 3_000)
    assert [each.finished for each in read(work)] == [True, False]
    assert [each.finished for each in read(work, 0, 600)] == [False]


def test_a_recordings_tracks_stand_apart_from_the_live_ones(node: WorkerNode, work: StreamWork) -> None:
    camera = Stream.objects.get(id=work.stream_id).camera
    chunk = claim(node, make_queued_job(camera=camera))
    live, recorded = keep_tracks(work, 0, 1_000), keep_tracks(chunk, 0, 1_000)
    TrackLog.objects.filter(id=recorded.pk).update(starts_at=live.starts_at, ends_at=live.ends_at)
    assert {each.owner_id for each in read(work)} == {work.stream_id, chunk.job_id}


def test_a_segment_whose_file_is_gone_is_left_out(work: StreamWork) -> None:
    media_path(keep_tracks(work, 0, 1_000).name).unlink()
    keep_tracks(work, 1_200, 2_000)
    assert times(read(work)) == [1_200, 1_400, 1_600, 1_800, 2_000]


def test_tracks_are_for_those_who_may_see_the_camera(work: StreamWork) -> None:
    row = keep_tracks(work, 0, 1_000)
    viewer, stranger = make_user("vera"), make_user("stan")
    grant(viewer, row.camera, CameraPermission.VIEW)
    span = row.starts_at, row.ends_at + timedelta(seconds=1)
    assert list(track_logs_between(viewer, [row.camera], *span)) == [row]
    assert list(track_logs_between(stranger, [row.camera], *span)) == []
    assert client_of(viewer).get(f"/api/v1/track-logs/{row.pk}/frames").status_code == 200
    assert client_of(stranger).get(f"/api/v1/track-logs/{row.pk}/frames").status_code == 404


def test_the_api_lists_stretches_by_camera_and_time(work: StreamWork) -> None:
    first, second = keep_tracks(work, 0, 1_000), keep_tracks(work, 1_200, 2_000)
    client = client_of(admin())
    everything = client.get(f"/api/v1/track-logs?camera={first.camera_id}").json()["results"]
    assert [row["id"] for row in everything] == [second.pk, first.pk]
    assert everything[1]["frames"] == 6
    later = client.get("/api/v1/track-logs", {"ends_after": first.ends_at.isoformat()}).json()["results"]
    assert [row["id"] for row in later] == [second.pk]


def test_the_api_gives_one_frame_a_line(work: StreamWork) -> None:
    row = keep_tracks(work, 0, 1_000)
    response = client_of(admin()).get(f"/api/v1/track-logs/{row.pk}/frames")
    assert response["Content-Type"] == "application/x-ndjson"
    lines = [json.loads(line) for line in response.content.decode().splitlines()]
    assert len(lines) == row.frames
    assert datetime.fromisoformat(lines[1]["at"]) - zero_of(work).replace(microsecond=0) < timedelta(seconds=2)
    (track,) = lines[0]["tracks"]
    assert (track["id"], track["class"], track["confidence"]) == (1, "person", 0.9)
    assert len(track["box_xyxy"]) == 4
