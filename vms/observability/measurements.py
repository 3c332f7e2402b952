"""What ``/metrics`` says about the whole platform: read from the database and Valkey at each scrape, in few queries."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator

import structlog
from django.core.cache import cache
from django.db import DatabaseError
from django.db.models import Count, Model, Sum
from django.db.models.functions import Left
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector
from redis.exceptions import RedisError

from alerts.choices import AlertState, Channel, DeliveryState
from alerts.models import Alert, Delivery, LineProof
from alerts.system_watch import platform_watched_at
from cameras.choices import HealthState, SourceKind
from cameras.models import Camera
from cameras.services.health_memory import frames_counted
from events.choices import EventState
from events.models import Event, TrackLog
from vms.audit.models import AuditEntry
from vms.observability.database import database_uptime_seconds
from vms.observability.queues import queue_lengths, queue_server_uptime_seconds
from vms.storage.space import storage_space
from workers.choices import DeadLetterState, JobState, NodeState, StreamWorkState
from workers.models import DeadLetter, Job, Stream, StreamLease, WorkerNode
from workers.services.breaker import OPENED
from workers.services.leadership import orchestrators_connected
from workers.standings import NodeStanding, node_standings

log = structlog.get_logger(__name__)

LARGE_TABLES_SECONDS = 60
"""Events, alerts and deliveries are many: they are counted at most this often, however often somebody scrapes."""
OTHER = "other"


class MetricsCollector(Collector):
    """A group that cannot be measured now is left out and counted, so that the others still arrive."""

    def __init__(self, measurements: Iterable[Callable[[], Iterable[Metric]]]) -> None:
        self._measurements = tuple(measurements)

    def collect(self) -> Iterator[Metric]:
        failed = GaugeMetricFamily("vms_metrics_failed", "Groups of metrics that could not be read now.")
        failures = 0
        for measure in self._measurements:
            try:
                yield from list(measure())
            except (DatabaseError, RedisError, OSError) as error:
                failures += 1
                log.warning("metrics.not_read", group=measure.__name__, error=str(error))
        failed.add_metric([], failures)
        yield failed


def _by_state(name: str, about: str, states: Iterable[str], counts: dict[str, int], label: str = "state") -> Metric:
    """Every state is there, also at 0: a series that only appears with its trouble cannot be alerted on."""
    family = GaugeMetricFamily(name, about, labels=[label])
    for state in dict.fromkeys([*states, *counts]):
        family.add_metric([state], counts.get(state, 0))
    return family


def _counted(model: type[Model], field: str, **hidden: object) -> dict[str, int]:
    rows = model._default_manager.exclude(**hidden).order_by().values_list(field).annotate(number=Count("pk"))
    return dict(rows)


def nodes() -> Iterator[Metric]:
    standings = node_standings(WorkerNode.objects.all())
    states = Counter(standing.state.value for standing in standings)
    yield _by_state("vms_nodes", "GPU hosts by state.", NodeState.values, states)
    for name, about, kind, value in NODE_METRICS:
        family = kind(name, about, labels=["node"])
        for standing in standings:
            number = value(standing)
            if number is not None:
                family.add_metric([standing.node.name], number)
        yield family


NodeValue = Callable[[NodeStanding], float | None]
NODE_METRICS: tuple[tuple[str, str, type[GaugeMetricFamily] | type[CounterMetricFamily], NodeValue], ...] = (
    ("vms_node_seen_timestamp_seconds", "When the node was heard last.", GaugeMetricFamily,
     lambda at: at.node.seen_at.timestamp() if at.node.seen_at else None),
    ("vms_node_breaker_open", "1 while the node is taken out because it kept failing.", GaugeMetricFamily,
     lambda at: float(at.state == NodeState.TAKEN_OUT)),
    ("vms_node_streams", "Live cameras that the node watches or was given.", GaugeMetricFamily,
     lambda at: at.streams),
    ("vms_node_capacity_frames_per_second", "Frames a second that the node can look at.", GaugeMetricFamily,
     lambda at: at.frames_per_second),
    ("vms_node_asked_frames_per_second", "Frames a second that its cameras ask for.", GaugeMetricFamily,
     lambda at: at.load.frames_asked_per_second if at.load else None),
    ("vms_node_answered_frames_per_second", "Frames a second that it looked at.", GaugeMetricFamily,
     lambda at: at.load.frames_answered_per_second if at.load else None),
    ("vms_node_busy_ratio", "Share of the time in which its detector worked.", GaugeMetricFamily,
     lambda at: at.load.busy if at.load else None),
    ("vms_node_cpu_ratio", "Share of its processors in use.", GaugeMetricFamily,
     lambda at: at.load.cpu_share if at.load else None),
    ("vms_node_memory_bytes", "Memory of its process.", GaugeMetricFamily,
     lambda at: at.load.memory_bytes if at.load else None),
    ("vms_node_spool_free_bytes", "Free space for what waits to be sent.", GaugeMetricFamily,
     lambda at: at.load.spool_free_bytes if at.load else None),
    ("vms_node_gpu_ratio", "Share of its GPU in use.", GaugeMetricFamily,
     lambda at: at.load.gpu_share if at.load else None),
    ("vms_node_gpu_memory_free_bytes", "Free memory of its GPU.", GaugeMetricFamily,
     lambda at: at.load.gpu_memory_free_bytes if at.load else None),
    ("vms_node_outbox_waiting", "Messages that wait in its outbox.", GaugeMetricFamily,
     lambda at: at.node.outbox_waiting),
    ("vms_node_outbox_lost", "Messages that its outbox had to give up.", CounterMetricFamily,
     lambda at: at.node.outbox_lost),
    ("vms_node_track_logs_lost", "Stretches of track logs that it could not deliver.", CounterMetricFamily,
     lambda at: at.load.track_logs_lost if at.load else None),
    ("vms_node_out_of_memory", "Times its detector ran out of memory and went on with fewer at a time.",
     CounterMetricFamily, lambda at: at.load.out_of_memory if at.load else None),
    ("vms_node_inferences_at_once", "How many its detector may be given at a time.", GaugeMetricFamily,
     lambda at: at.load.inferences_at_once if at.load else None),
    ("vms_node_clock_off_seconds", "How far its own clock is ahead of the platform's.", GaugeMetricFamily,
     lambda at: at.load.clock_off_seconds if at.load else None),
)  # fmt: skip


def breaker() -> Iterator[Metric]:
    openings = AuditEntry.objects.filter(action=OPENED).order_by().values_list("detail__node").annotate(Count("pk"))
    family = CounterMetricFamily("vms_node_breaker_openings", "Times a node was taken out.", labels=["node"])
    for name, number in openings:
        family.add_metric([str(name)], number)
    yield family


def streams() -> Iterator[Metric]:
    counts = _counted(Stream, "state")
    yield _by_state("vms_streams", "Live cameras by the state of their watch.", StreamWorkState.values, counts)
    ended = StreamLease.objects.exclude(end_reason="").order_by()
    reasons: Counter[str] = Counter()
    starts = ended.annotate(start=Left("end_reason", 60)).values_list("start")
    for text, number in starts.annotate(number=Count("pk")):
        reasons[failover_reason(text)] += number
    family = CounterMetricFamily("vms_stream_failovers", "Live cameras' leases that ended, by why.", labels=["reason"])
    for reason in (*FAILOVERS.values(), OTHER):
        family.add_metric([reason], reasons[reason])
    yield family


FAILOVERS = {
    "fell silent": "silent",
    "started again": "restarted",
    "stopped while": "stopped",
    "did not take it": "not_taken",
    "met an error": "failed",
    "handed over": "handed_over",
}
"""A word of a lease's reason -> its label: reasons are sentences, and what a node wrote must not become a series."""


def failover_reason(sentence: str) -> str:
    found = (label for words, label in FAILOVERS.items() if words in sentence)
    return next(found, OTHER)


def cameras() -> Iterator[Metric]:
    live = Camera.objects.filter(enabled=True).exclude(source_kind=SourceKind.UPLOAD)
    rows = list(live.order_by("id").values_list("id", "health__state", "health__memory"))
    counts = Counter(state or HealthState.UNKNOWN.value for _, state, _ in rows)
    yield _by_state("vms_cameras", "Live cameras that are switched on, by how they do.", HealthState.values, counts)
    about = "Frames of live cameras by what became of them, since the camera's worker began with it."
    family = CounterMetricFamily("vms_camera_frames", about, labels=["camera", "outcome"])
    for camera_id, _, memory in rows:
        if (counted := frames_counted(memory or {})) is not None:
            for outcome in FRAME_OUTCOMES:
                family.add_metric([str(camera_id), outcome], getattr(counted, outcome))
    yield family


FRAME_OUTCOMES = ("looked_at", "unmoved", "skipped", "held_back", "damaged")


def work() -> Iterator[Metric]:
    yield _by_state("vms_jobs", "Analyses of recordings by state.", JobState.values, _counted(Job, "state"))
    kept = DeadLetter.objects.filter(state=DeadLetterState.KEPT).order_by()
    letters = dict(kept.values_list("kind").annotate(Count("pk")))
    known = ("event.start", "event.end", "stream", "job")
    yield _by_state("vms_dead_letters", "Dead letters that wait for a decision.", known, letters, label="kind")


def queues() -> Iterator[Metric]:
    node_ids = WorkerNode.objects.values_list("id", flat=True)
    lengths = queue_lengths(node_ids)
    yield _by_state("vms_queue_messages", "Messages that wait or are worked on.", (), lengths, label="queue")
    about = "Since Valkey began; where it falls back, messages were lost, and are sent anew."
    yield GaugeMetricFamily("vms_queue_server_uptime_seconds", about, value=queue_server_uptime_seconds())


def database() -> Iterator[Metric]:
    about = "Since PostgreSQL began: where that falls back, it was restarted."
    yield GaugeMetricFamily("vms_database_uptime_seconds", about, value=database_uptime_seconds())


def orchestrators() -> Iterator[Metric]:
    connected = orchestrators_connected()
    roles = {"leading": int(connected.leader_since is not None), "waiting": connected.waiting}
    yield _by_state("vms_orchestrators", "Orchestrators by what they do.", roles, roles, label="role")
    about = "When the one that leads connected; another value: another one leads. 0: none does."
    since = connected.leader_since.timestamp() if connected.leader_since else 0
    yield GaugeMetricFamily("vms_orchestrator_leader_connected_timestamp_seconds", about, value=since)


def scheduler() -> Iterator[Metric]:
    about = "When the platform looked at itself last, as its scheduler asks every ten seconds; 0: not lately."
    watched_at = platform_watched_at()
    value = watched_at.timestamp() if watched_at else 0
    yield GaugeMetricFamily("vms_platform_watched_timestamp_seconds", about, value=value)


def storage() -> Iterator[Metric]:
    space = storage_space()
    yield GaugeMetricFamily("vms_storage_free_bytes", "Room left where files are kept.", value=space.free_bytes)
    about = "Where less is left, nothing is taken in."
    yield GaugeMetricFamily("vms_storage_reserve_bytes", about, value=space.reserve_bytes)


def large_tables() -> Iterator[Metric]:
    counted = cache.get_or_set("metrics-large-tables", _large_tables, LARGE_TABLES_SECONDS) or {}
    for name, (about, states) in LARGE.items():
        yield _by_state(name, about, states, counted.get(name, {}))
    for name, about in TRACK_LOGS.items():
        yield GaugeMetricFamily(name, about, value=counted.get("track_logs", {}).get(name, 0))


LARGE = {
    "vms_events": ("Events by state; counted once a minute.", EventState.values),
    "vms_alerts": ("Alerts by state; counted once a minute.", AlertState.values),
    "vms_deliveries": ("Messages of alerts by state; counted once a minute.", DeliveryState.values),
}


TRACK_LOGS = {
    "vms_track_log_segments": "Stretches of track logs that are kept; counted once a minute.",
    "vms_track_log_frames": "Frames in them.",
    "vms_track_log_bytes": "Bytes of their files.",
}


def _large_tables() -> dict[str, dict[str, int]]:
    line = Camera.everything.filter(hidden=True)
    counted = {
        "vms_events": _counted(Event, "state", camera__in=line),
        "vms_alerts": _counted(Alert, "state", camera__in=line),
        "vms_deliveries": _counted(Delivery, "state", channel=Channel.SINK),
    }
    sums = TrackLog.objects.aggregate(rows=Count("pk"), frames=Sum("frames"), size=Sum("size_bytes"))
    counted["track_logs"] = dict(zip(TRACK_LOGS, (number or 0 for number in sums.values()), strict=True))
    return counted


def line() -> Iterator[Metric]:
    proof = LineProof.objects.first()
    proven = proof.proven_at.timestamp() if proof and proof.proven_at else 0
    took = (proof.milliseconds or 0) / 1000 if proof else 0
    about = "When an event last went the whole way from the internal API to a message's receiver; 0: never."
    yield GaugeMetricFamily("vms_line_proven_timestamp_seconds", about, value=proven)
    yield GaugeMetricFamily("vms_line_seconds", "How long that took.", value=took)


MEASUREMENTS = (
    nodes,
    breaker,
    streams,
    cameras,
    work,
    queues,
    database,
    orchestrators,
    scheduler,
    storage,
    large_tables,
    line,
)
