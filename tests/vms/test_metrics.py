"""What Prometheus gets at /metrics, and who gets it at all."""

from __future__ import annotations

import re
import uuid
from datetime import timedelta

import pytest
from django.conf import settings as active_settings
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from prometheus_client.parser import text_string_to_metric_families
from pytest_django import Settings

from alerts.system_watch import WATCHED_AT, platform_watch
from cameras.models import CameraHealth
from tests.cameras.world import make_camera
from tests.events.track_logs import keep_tracks
from tests.workers.fleet import make_live_camera, watched
from tests.workers.leased import boot_id, make_node
from vms.broker import gpu_broker, stream_send
from workers.models import DeadLetter, Stream, StreamLease, WorkerNode
from workers.runtime.contract import GPU_NAMESPACE, Heartbeat, NodeLoad, stream_queue
from workers.services.breaker import node_failed
from workers.services.leadership import Leadership
from workers.services.nodes import node_heartbeat
from workers.services.stream_boots import RESTARTED, STOPPED

pytestmark = pytest.mark.django_db
TOKEN = "a-token-for-prometheus"


@pytest.fixture(autouse=True)
def opened(settings: Settings) -> None:
    settings.METRICS_TOKEN = TOKEN
    cache.delete("metrics-large-tables")


def scrape() -> dict[str, dict[tuple[str, ...], float]]:
    """Every sample: name -> label values -> number."""
    answer = Client().get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"})
    assert answer.status_code == 200
    found: dict[str, dict[tuple[str, ...], float]] = {}
    for family in text_string_to_metric_families(answer.content.decode()):
        for sample in family.samples:
            found.setdefault(sample.name, {})[tuple(sample.labels.values())] = sample.value
    return found


def status(**headers: str) -> int:
    return Client().get("/metrics", **headers).status_code  # type: ignore[arg-type]


def test_for_strangers_there_is_no_such_page(settings: Settings) -> None:
    assert status() == status(HTTP_AUTHORIZATION="Bearer another") == 404
    settings.METRICS_TOKEN = ""
    assert status() == status(HTTP_AUTHORIZATION="Bearer ") == 404


def test_this_machine_gets_it_where_a_setting_says_so(settings: Settings) -> None:
    settings.METRICS_LOOPBACK = True
    assert status(REMOTE_ADDR="127.0.0.1") == status(REMOTE_ADDR="::1") == 200
    assert status(REMOTE_ADDR="10.0.0.5") == status(REMOTE_ADDR="") == 404


@pytest.mark.parametrize("header", ["HTTP_X_FORWARDED_FOR", "HTTP_FORWARDED", "HTTP_X_REAL_IP"])
def test_what_a_proxy_passes_on_is_not_of_this_machine(settings: Settings, header: str) -> None:
    settings.METRICS_LOOPBACK = True
    assert status(REMOTE_ADDR="127.0.0.1", **{header: "203.0.113.9"}) == 404


def test_nodes_are_told_by_state_and_each_by_its_load() -> None:
    node = make_node("north")
    load = NodeLoad(inferences_per_second=40, frames_asked_per_second=30, busy=0.75, memory_bytes=2**30)
    node_heartbeat(node=node, heartbeat=Heartbeat(boot_id=boot_id(node), outbox_waiting=3, outbox_lost=2, load=load))
    WorkerNode.objects.filter(id=make_node("south").id).update(seen_at=timezone.now() - timedelta(hours=1))
    found = scrape()
    assert (found["vms_nodes"]["working",], found["vms_nodes"]["silent",]) == (1, 1)
    assert found["vms_node_capacity_frames_per_second"]["north",] == 40
    assert found["vms_node_asked_frames_per_second"]["north",] == 30
    assert found["vms_node_busy_ratio"]["north",] == 0.75
    assert found["vms_node_outbox_waiting"]["north",] == 3
    assert found["vms_node_outbox_lost_total"]["north",] == 2
    assert ("south",) not in found["vms_node_busy_ratio"]


def test_an_open_breaker_is_told() -> None:
    node = make_node("north")
    for _ in range(3):
        node_failed(node=node, reason="The detector stopped.")
    found = scrape()
    assert found["vms_node_breaker_open"]["north",] == 1
    assert found["vms_node_breaker_openings_total"]["north",] == 1


def test_failovers_are_counted_by_reason_and_what_a_node_wrote_makes_no_series() -> None:
    stream = Stream.objects.create(camera=make_camera("Gate"), started_at=timezone.now())
    sentences = [RESTARTED, STOPPED, "The worker fell silent.", "The worker fell silent.", "Ünexpected: 4711"]
    node = make_node()
    for epoch, sentence in enumerate(sentences):
        StreamLease.objects.create(
            stream=stream, epoch=epoch, node=node, boot_id=boot_id(node), from_ms=0, until_ms=1, end_reason=sentence
        )
    counted = scrape()["vms_stream_failovers_total"]
    found = {reason: number for (reason,), number in counted.items() if number}
    assert found == {"restarted": 1, "stopped": 1, "silent": 2, "other": 1}
    assert ("failed",) in counted


def test_dead_letters_and_cameras_and_jobs_are_told() -> None:
    DeadLetter.objects.create(kind="event.end", reason="Late.", payload={})
    DeadLetter.objects.create(kind="event.end", reason="Late.", payload={}, state="discarded")
    make_camera("Gate", source_kind="rtsp")
    make_camera("Uploads")
    found = scrape()
    assert (found["vms_dead_letters"]["event.end",], found["vms_dead_letters"]["stream",]) == (1, 0)
    assert (found["vms_cameras"]["unknown",], found["vms_cameras"]["online",]) == (1, 0)
    assert found["vms_jobs"]["failed",] == found["vms_events"]["open",] == found["vms_metrics_failed"][()] == 0


def test_what_became_of_a_camera_s_frames_is_told() -> None:
    camera = make_camera("Gate", source_kind="rtsp")
    mark = {"at_ms": 0, "analysed": 50, "unmoved": 30, "skipped": 4, "held_back": 3, "damaged": 2, "connections": 1}
    CameraHealth.objects.create(camera=camera, memory={"mark": mark})
    found = scrape()["vms_camera_frames_total"]
    counted = {outcome: number for (camera_id, outcome), number in found.items() if camera_id == str(camera.id)}
    assert counted == {"looked_at": 20, "unmoved": 30, "skipped": 4, "held_back": 3, "damaged": 2}


def test_a_message_that_waits_is_counted() -> None:
    # A number that no node of another test has: all share one Valkey.
    node = WorkerNode.objects.create(id=uuid.uuid4().int >> 70, name="north", sealed_token="")
    queue = stream_queue(node.id)
    assert scrape()["vms_queue_messages"][queue,] == 0
    stream_send(node.id, str(uuid.uuid4()))
    try:
        assert scrape()["vms_queue_messages"][queue,] == 1
    finally:
        gpu_broker.client.delete(f"{GPU_NAMESPACE}:{queue}", f"{GPU_NAMESPACE}:{queue}.msgs")


def test_every_queue_of_background_work_is_there() -> None:
    assert {("reports",), ("deliveries",), ("sweeps",), ("chunks",)} <= scrape()["vms_queue_messages"].keys()


def test_a_restart_of_valkey_can_be_seen_from_its_uptime() -> None:
    assert scrape()["vms_queue_server_uptime_seconds"][()] >= 0


def test_a_restart_of_postgresql_can_be_seen_from_its_uptime() -> None:
    assert scrape()["vms_database_uptime_seconds"][()] > 0


def test_the_orchestrator_that_leads_and_those_that_wait_are_told() -> None:
    with Leadership() as first, Leadership() as second:
        assert (first.take(), second.take()) == (True, False)
        found = scrape()
    assert (found["vms_orchestrators"]["leading",], found["vms_orchestrators"]["waiting",]) == (1, 1)
    since = found["vms_orchestrator_leader_connected_timestamp_seconds"][()]
    assert since == pytest.approx(timezone.now().timestamp(), abs=60)


def test_that_no_orchestrator_leads_is_told() -> None:
    found = scrape()
    assert found["vms_orchestrators"]["leading",] == 0
    assert found["vms_orchestrator_leader_connected_timestamp_seconds"][()] == 0


def test_a_scheduler_that_stopped_can_be_seen_from_when_the_platform_was_looked_at() -> None:
    cache.delete(WATCHED_AT)
    assert scrape()["vms_platform_watched_timestamp_seconds"][()] == 0
    platform_watch()
    watched_at = scrape()["vms_platform_watched_timestamp_seconds"][()]
    assert watched_at == pytest.approx(timezone.now().timestamp(), abs=60)


def test_the_room_for_files_is_told(settings: Settings) -> None:
    settings.STORAGE_RESERVE_BYTES = 4711
    found = scrape()
    assert found["vms_storage_free_bytes"][()] > 0
    assert found["vms_storage_reserve_bytes"][()] == 4711


def test_what_a_node_says_of_its_memory_and_clock_is_told() -> None:
    node = make_node("north")
    load = NodeLoad(out_of_memory=2, inferences_at_once=3, clock_off_seconds=600.5)
    node_heartbeat(node=node, heartbeat=Heartbeat(boot_id=boot_id(node), outbox_waiting=0, outbox_lost=0, load=load))
    found = scrape()
    assert found["vms_node_out_of_memory_total"]["north",] == 2
    assert found["vms_node_inferences_at_once"]["north",] == 3
    assert found["vms_node_clock_off_seconds"]["north",] == 600.5


def test_without_valkey_the_database_still_answers(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    make_node("north")
    nowhere = {**active_settings.CACHES["default"], "LOCATION": "redis://127.0.0.1:1/0"}
    settings.CACHES = {"default": nowhere}
    found = scrape()
    assert found["vms_metrics_failed"][()] == 2
    assert found["vms_nodes"]["working",] == 1


def test_a_scrape_takes_as_many_queries_for_many_nodes_as_for_one() -> None:
    make_node("north")
    scrape()
    counts = []
    for names in ((), ("south", "east", "west")):
        for name in names:
            make_node(name)
        with CaptureQueriesContext(connection) as queries:
            scrape()
        counts.append(len(queries))
    assert counts[0] == counts[1] <= 13


def test_names_follow_the_conventions() -> None:
    text = Client().get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"}).content.decode()
    kinds = dict(re.findall(r"^# TYPE (vms_\S+) (\w+)$", text, re.MULTILINE))
    assert len(kinds) > 20
    assert all(name.endswith("_total") == (kind == "counter") for name, kind in kinds.items())


def test_track_logs_are_counted_with_their_frames_and_bytes() -> None:
    row = keep_tracks(watched(make_node(), make_live_camera()), 0, 1_000)
    found = scrape()
    names = ("vms_track_log_segments", "vms_track_log_frames", "vms_track_log_bytes")
    assert [found[name][()] for name in names] == [1, 6, row.size_bytes]


def test_what_a_node_lost_of_its_track_logs_is_told() -> None:
    node = make_node("north")
    load = NodeLoad(track_logs_lost=3)
    node_heartbeat(node=node, heartbeat=Heartbeat(boot_id=boot_id(node), outbox_waiting=0, outbox_lost=0, load=load))
    assert scrape()["vms_node_track_logs_lost_total"][("north",)] == 3
