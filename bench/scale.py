"""1 to 600 replay cameras through everything behind the detector; what each process uses for a second of a camera.

What is real and what is left out stands in ``REAL`` and ``LEFT_OUT`` and is printed with the figures. About eight
minutes; ``BENCH_STEPS`` (cameras), ``BENCH_SECONDS`` (measured in each step) and ``BENCH_NODES`` (GPU hosts) change it.
"""

from __future__ import annotations

import os
import time
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from bench.criterion import Criterion, at_most, report
from bench.replay.fleet import ReplayFleet, running_fleet
from bench.replay.journal import Played, read_journals
from bench.replay.oracle import Expected
from bench.replay.recording import recorded
from bench.replay.schedule import ReplaySchedule
from bench.replay.verdict import differences, expected_of_all, found_rows
from bench.sampling import cpu_seconds
from bench.subscriber import Subscriber

STEPS = tuple(int(count) for count in os.environ.get("BENCH_STEPS", "1,10,50,150,300,600").split(","))
SECONDS = float(os.environ.get("BENCH_SECONDS", "40"))
NODES = int(os.environ.get("BENCH_NODES", "2"))
WARM_UP_SECONDS = 12.0
REAL = """Real: tracker, rules, outbox, HTTP, ingest, PostgreSQL (fsync on), Dramatiq, mail (to files), WebSocket,
snapshots, state saves, leases, health and coverage, all on this machine."""
LEFT_OUT = """Left out: reading and decoding cameras, the motion gate, inference, the two threads that a real camera has
for those, and clips (no packets to cut them from; snapshots show plain grey)."""
SENT = """
    SELECT d.channel, count(*) FROM alerts_delivery d JOIN alerts_alert a ON a.id = d.alert_id
    WHERE d.state = 'sent' AND a.event_id IS NOT NULL GROUP BY d.channel
"""
"""Of what cameras saw: the platform tells its own troubles too."""
GROWTH_GOAL = 1.15
ROW_GOAL_SECONDS, PAGE_GOAL_SECONDS = 1.0, 1.3
SKIPPED_GOAL_PERCENT = 1.0
COMPARED_WITH = 10
SHOWN_PROBLEMS = 10


@dataclass(frozen=True, slots=True)
class Step:
    """One number of cameras: when it was measured (seconds since 1970) and the CPU used meanwhile, by process."""

    cameras: int
    began_at: float
    ended_at: float
    cpu: Mapping[str, float]

    @property
    def seconds(self) -> float:
        return self.ended_at - self.began_at

    @property
    def per_camera(self) -> float:
        """CPU milliseconds for a second of a camera, all processes together."""
        return sum(self.cpu.values()) * 1000 / (self.seconds * self.cameras)

    @property
    def cores(self) -> float:
        return sum(self.cpu.values()) / self.seconds

    def covers(self, at: float) -> bool:
        return self.began_at <= at < self.ended_at


@dataclass(frozen=True, slots=True)
class Known:
    """One event, found and expected: when its frame was there, its row and its message (seconds since 1970)."""

    frame_at: float
    row_at: float | None
    page_at: float | None


def main() -> int:
    with running_fleet(NODES) as fleet, Subscriber(fleet.installation.url, fleet.cookie) as page:
        steps = [_measure(fleet, page, count) for count in STEPS]
        fleet.pause()
        leases = read_journals(fleet.journals())
        wanted = expected_of_all(list(leases.values()))
        found = found_rows(fleet.installation)
        problems = differences(found, wanted)
        known = _known(leases, wanted, fleet.installation.commit_times(), page)
        problems += _undelivered(fleet, wanted) + ([f"the page's socket closed: {page.closed}"] if page.closed else [])
    for problem in problems[:SHOWN_PROBLEMS]:
        print(problem)
    played = [lease for parts in leases.values() for lease in parts]
    _print_steps(steps, known, played)
    moved = {stream_id for stream_id, parts in leases.items() if len(parts) > 1}
    # A host that loses a lease without a word leaves the state of some seconds ago: tracks then get other numbers.
    astray = sum(event.event_id not in found and event.stream_id not in moved for event in wanted)
    print(f"{len(wanted)} events expected; {len(moved)} cameras moved; {astray} events missing of those that did not")
    return report(_criteria(steps, known, played, len(problems)))


def _measure(fleet: ReplayFleet, page: Subscriber, cameras: int) -> Step:
    took = fleet.grow(cameras)
    page.reload()
    time.sleep(WARM_UP_SECONDS)
    before, began_at = cpu_seconds(fleet.installation.pids), time.time()
    time.sleep(SECONDS)
    after, ended_at = cpu_seconds(fleet.installation.pids), time.time()
    fleet.installation.require_running()
    step = Step(cameras, began_at, ended_at, {name: after[name] - before[name] for name in before})
    print(f"{cameras} cameras: all watched after {took:.1f} s; {step.cores:.2f} cores", flush=True)
    return step


# --- what became of the events ---------------------------------------------------------------------------------------


def _known(
    leases: Mapping[uuid.UUID, Sequence[Played]],
    wanted: Sequence[Expected],
    rows: Mapping[uuid.UUID, float],
    page: Subscriber,
) -> list[Known]:
    zeros = {stream_id: parts[0].zero_ms for stream_id, parts in leases.items()}
    return [
        Known((zeros[event.stream_id] + event.at_ms) / 1000, rows.get(event.event_id), page.arrival(event.event_id))
        for event in wanted
    ]


def _undelivered(fleet: ReplayFleet, wanted: Sequence[Expected]) -> list[str]:
    """Each grave event is told once in the application and once by mail."""
    grave = sum(event.is_grave for event in wanted)
    sent = dict(fleet.installation.sql(SENT))
    return [
        f"{sent.get(channel, 0)} messages by {channel} for {grave} grave events"
        for channel in ("in_app", "email")
        if sent.get(channel, 0) != grave
    ]


# --- figures ---------------------------------------------------------------------------------------------------------


def _lags(step: Step, known: Sequence[Known]) -> tuple[list[float], list[float]]:
    """Seconds from a frame to its event's row, and to the page."""
    mine = [event for event in known if step.covers(event.frame_at)]
    rows = [event.row_at - event.frame_at for event in mine if event.row_at is not None]
    return rows, [event.page_at - event.frame_at for event in mine if event.page_at is not None]


def _percentile(values: Sequence[float], share: float) -> float:
    return float(np.percentile(values, share)) if values else float("nan")


def _skipped_share(step: Step, played: Sequence[Played]) -> float:
    """Of the frames that were due in the step."""
    analysed = missed = 0
    for lease in played:
        schedule = ReplaySchedule(recorded(lease.recording), lease.seed)
        first = schedule.first_after(max(0, round(step.began_at * 1000) - lease.zero_ms))
        last = schedule.first_after(max(0, round(step.ended_at * 1000) - lease.zero_ms)) - 1
        spans = [(max(start, first), min(end, last)) for start, end in lease.spans]
        done = sum(max(0, end - start + 1) for start, end in spans)
        within = max(0, min(last, lease.spans[-1][1]) - max(first, lease.spans[0][0]) + 1)
        analysed, missed = analysed + done, missed + within - done
    return missed / max(1, analysed + missed)


def _print_steps(steps: Sequence[Step], known: Sequence[Known], played: Sequence[Played]) -> None:
    names = list(steps[0].cpu)
    print(f"{REAL}\n{LEFT_OUT}")
    print("CPU milliseconds for a second of a camera")
    print(f"{'cameras':>8}" + "".join(f"{name[:12]:>13}" for name in names) + f"{'all':>9}{'cores':>7}")
    for step in steps:
        cells = "".join(f"{step.cpu[name] * 1000 / step.seconds / step.cameras:13.2f}" for name in names)
        print(f"{step.cameras:8}{cells}{step.per_camera:9.2f}{step.cores:7.2f}")
    print(f"{'cameras':>8}{'events':>8}{'row p50':>9}{'row p95':>9}{'page p50':>10}{'page p95':>10}{'skipped':>9}")
    for step in steps:
        rows, pages = _lags(step, known)
        figures = [_percentile(values, share) for values in (rows, pages) for share in (50, 95)]
        cells = "".join(f"{figure:{width}.3f}" for figure, width in zip(figures, (9, 9, 10, 10), strict=True))
        print(f"{step.cameras:8}{len(rows):8}{cells}{_skipped_share(step, played):9.2%}")
    _print_fit(steps)


def _further_camera(first: Step, second: Step) -> float:
    """CPU milliseconds for a second of each camera that the second step has more."""
    return (second.cores - first.cores) * 1000 / (second.cameras - first.cameras)


def _print_fit(steps: Sequence[Step]) -> None:
    """What the platform costs without cameras, and what each more costs."""
    if len(steps) > 2:
        each, fixed = np.polyfit([step.cameras for step in steps], [step.cores for step in steps], 1)
        print(f"fit: {fixed:.3f} cores whatever the number, {each * 1000:.2f} ms for a second of each further camera")


def _criteria(
    steps: Sequence[Step], known: Sequence[Known], played: Sequence[Played], problems: int
) -> list[Criterion]:
    last = steps[-1]
    few = next((step for step in steps if step.cameras >= COMPARED_WITH), steps[0])
    rows, pages = _lags(last, known)
    name = f"{last.cameras} cameras"
    peer = f"{few.cameras} cameras"
    return [
        Criterion(f"CPU a camera, {name}", last.per_camera, peer, few.per_camera, GROWTH_GOAL, "ms/s", at_most=True),
        *_growing(steps),
        at_most("events lost, doubled or other than each camera alone gives", problems, 0, ""),
        at_most(f"frame to row, p95, {name}", _percentile(rows, 95), ROW_GOAL_SECONDS, "s"),
        at_most(f"frame to page, p95, {name}", _percentile(pages, 95), PAGE_GOAL_SECONDS, "s"),
        at_most(f"frames skipped, {name}", _skipped_share(last, played) * 100, SKIPPED_GOAL_PERCENT, "%"),
    ]


def _growing(steps: Sequence[Step]) -> list[Criterion]:
    """What a camera costs falls anyway as the fixed part is shared; that of each further one must not rise either."""
    if len(steps) < 4:
        return []
    early, late = _further_camera(*steps[-4:-2]), _further_camera(*steps[-2:])
    names = [f"{first.cameras} to {second.cameras}" for first, second in (steps[-4:-2], steps[-2:])]
    return [Criterion(f"CPU of a further camera, {names[1]}", late, names[0], early, GROWTH_GOAL, "ms/s", at_most=True)]


if __name__ == "__main__":
    raise SystemExit(main())
