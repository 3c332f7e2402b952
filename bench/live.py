"""Four simulated RTSP cameras on a whole platform with the real model: how late events are, and whether anything grows.

A frame counts as captured at its stream time: the reader's clock maps a camera's timestamps so that the packet that
came fastest is taken as just sent, so on this machine that is when the simulator sent it, but for the loopback's way.
Stream time counts on the platform's clock, which is also PostgreSQL's (time of commit) and the page's. All is real:
RTSP, decoding, gate, model, tracker, rules, clips, snapshots, mail (to files). ``BENCH_MINUTES`` (10) sets the length.
"""

from __future__ import annotations

import os
import re
import secrets
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np

from bench.criterion import Criterion, at_most, report
from bench.installation import Installation, installed
from bench.sampling import Sampler, Usage, floor_per_hour
from bench.simulator import SimulatorProcess
from bench.subscriber import Subscriber
from tests.runtime.footage import CAMPUS, TABLE, asset

MINUTES = float(os.environ.get("BENCH_MINUTES", "10"))
MODEL = "models/yolo11n_int8_openvino_model"
SCENES = (CAMPUS, TABLE)
CAMERAS = 4
HOST = "gpu-1"
START_SECONDS = 120
WARM_UP_SECONDS = 300.0
"""Before anything is measured: connections are made and their caches filled."""
LAST_WORDS_SECONDS = 5.0
SAMPLE_SECONDS = 1.0
ROW_GOAL_SECONDS, PAGE_GOAL_SECONDS = 1.0, 1.3
MEMORY_GOAL_MB_PER_HOUR = 30.0
"""Half a megabyte a minute: what allocators and caches still move by in ten minutes; a frame a minute would be more."""
SHORTEST_MINUTES = 8.0
GROWTH_GOAL = 2.0
"""Threads or descriptors more in the last third than in the middle one (medians)."""
KEEPS_FILES_OPEN = ("PostgreSQL",)
"""Each of its processes keeps up to a thousand tables' files open, and opens them as it comes across them."""
LOGGED = re.compile(r'"event": "([^"]+)".*"level": "(warning|error|critical)"')
EVENTS = """
SELECT e.id, extract(epoch FROM s.started_at)::float8, e.evidence
FROM events_event e JOIN workers_stream s ON s.id = e.stream_id
"""


@dataclass(frozen=True, slots=True)
class Lag:
    """Seconds from a frame to its event's row, and to the page; None: it never came."""

    row: float | None
    page: float | None


def main() -> int:
    files = [str(scene.path) for scene in SCENES]
    with SimulatorProcess("--cameras", str(CAMERAS), *files) as simulator, _watching(simulator) as (platform, cookie):
        _run(platform, WARM_UP_SECONDS)
        with Subscriber(platform.url, cookie) as page, _sampler(platform) as sampler:
            began_at = time.time()
            _run(platform, MINUTES * 60)
            _print_coverage(platform)
            lags = _lags(platform, page, began_at)
            closed = page.closed
        _print_logs(platform)
    _print_usage(sampler.series)
    print(f"{len(lags)} events in {MINUTES:g} minutes" + (f"; the page's socket closed: {closed}" if closed else ""))
    return report(_criteria(lags, sampler.series))


@contextmanager
def _watching(simulator: SimulatorProcess) -> Iterator[tuple[Installation, str]]:
    """A platform that watches the cameras, and an administrator's cookie."""
    with installed() as platform:
        platform.manage("models", "pull", "--from", str(asset(MODEL)))
        token = secrets.token_urlsafe(32)
        rules = {rule.name: rule.model_dump_json() for scene in SCENES for rule in scene.rules}
        cookie = platform.call("seed", nodes={HOST: token}, rules=rules)["cookie"]
        for place, scene in enumerate(SCENES):
            urls = {f"cam{number}": simulator.rtsp_url(f"cam{number}") for number in range(place, CAMERAS, len(SCENES))}
            zones = [zone.model_dump_json() for zone in scene.zones]
            platform.call("add_cameras", urls, zones, [rule.name for rule in scene.rules])
        platform.start_platform()
        platform.start_gpu_host(HOST, token, "-m", "workers.runtime")
        platform.wait_until(lambda: platform.watched() == CAMERAS, START_SECONDS, "every camera is watched")
        yield platform, cookie


def _sampler(platform: Installation) -> Sampler:
    """A worker gives memory back every few seconds: who looks as seldom sees now the floor, now what lies on it."""
    return Sampler(lambda: platform.pids, SAMPLE_SECONDS)


def _run(platform: Installation, seconds: float) -> None:
    until = time.monotonic() + seconds
    while (left := until - time.monotonic()) > 0:
        platform.require_running()
        time.sleep(min(left, 1.0))


# --- events ----------------------------------------------------------------------------------------------------------


def _lags(platform: Installation, page: Subscriber, began_at: float) -> list[Lag]:
    """Of the frames since then."""
    time.sleep(LAST_WORDS_SECONDS)
    committed = platform.commit_times()
    found = []
    for event_id, zero, evidence in platform.sql(EVENTS):
        captured, row, came = zero + _frame_ms(evidence) / 1000, committed.get(event_id), page.arrival(event_id)
        if captured >= began_at:
            found.append(Lag(row and row - captured, came and came - captured))
    return found


def _frame_ms(evidence: Mapping[str, float]) -> float:
    """The frame that made the event certain."""
    if "settled_ms" in evidence:
        return evidence["settled_ms"]
    return evidence["entered_ms"] + evidence["inside_seconds"] * 1000


# --- what is printed -------------------------------------------------------------------------------------------------


def _print_coverage(platform: Installation) -> None:
    """How the cameras did, as the platform itself tells it."""
    rows = platform.sql(
        "SELECT c.name, h.state, h.reason FROM cameras_camerahealth h JOIN cameras_camera c ON c.id = h.camera_id"
        " ORDER BY c.name"
    )
    for name, state, reason in rows:
        print(f"{name}: {state}{f' ({reason})' if reason else ''}")


def _print_logs(platform: Installation) -> None:
    """Warnings and errors of every process, by their names."""
    for name in platform.processes:
        counts = Counter(match.groups() for match in LOGGED.finditer(platform.log(name)))
        for (event, level), count in counts.most_common():
            print(f"{name}: {count} x {level} {event}")


def _print_usage(series: Mapping[str, Sequence[Usage]]) -> None:
    print(
        f"{'process':>14}{'CPU cores':>11}{'memory MB':>11}{'own MB/hour':>13}{'threads':>9}{'descriptors':>13}"
        "   own MB in ten steps"
    )
    for name, usages in series.items():
        first, last = usages[0], usages[-1]
        cores = (last.cpu_seconds - first.cpu_seconds) / max(1e-9, last.at - first.at)
        print(
            f"{name:>14}{cores:11.3f}{last.memory_bytes / 1e6:11.1f}{_memory_slope(usages):13.1f}"
            f"{last.threads:9}{last.descriptors:13}   {_course(usages)}"
        )


def _course(usages: Sequence[Usage]) -> str:
    places = np.linspace(0, len(usages) - 1, 11).round().astype(int)
    return " ".join(f"{usages[place].own_bytes / 1e6:.0f}" for place in places)


def _memory_slope(usages: Sequence[Usage]) -> float:
    """Megabytes an hour by which the floor rises; a worker's goes up and down with what the footage shows."""
    return floor_per_hour([usage.at for usage in usages], [usage.own_bytes / 1e6 for usage in usages])


def _growth(usages: Sequence[Usage], count: Callable[[Usage], int]) -> float:
    """How much the median of the last third lies above that of the middle one."""
    third = max(1, len(usages) // 3)
    middle, last = usages[-2 * third : -third], usages[-third:]
    return float(np.median([count(usage) for usage in last]) - np.median([count(usage) for usage in middle or last]))


def _criteria(lags: Sequence[Lag], series: Mapping[str, Sequence[Usage]]) -> list[Criterion]:
    rows = [lag.row for lag in lags if lag.row is not None]
    pages = [lag.page for lag in lags if lag.page is not None]
    missed = 2 * len(lags) - len(rows) - len(pages)
    figures = [
        at_most("frame to row, p95", _p95(rows), ROW_GOAL_SECONDS, "s"),
        at_most("frame to page, p95", _p95(pages), PAGE_GOAL_SECONDS, "s"),
        at_most("events without a row's time or a message on the page", missed, 0, ""),
    ]
    if MINUTES < SHORTEST_MINUTES:
        print(f"growth is printed, not judged: {MINUTES:g} minutes are warming up, {SHORTEST_MINUTES:g} tell more")
        return figures
    for name, usages in series.items():
        figures += [
            at_most(f"memory of {name}", _memory_slope(usages), MEMORY_GOAL_MB_PER_HOUR, "MB/hour"),
            at_most(f"threads of {name}", _growth(usages, lambda usage: usage.threads), GROWTH_GOAL, "more"),
        ]
        if name not in KEEPS_FILES_OPEN:
            growth = _growth(usages, lambda usage: usage.descriptors)
            figures.append(at_most(f"descriptors of {name}", growth, GROWTH_GOAL, "more"))
    return figures


def _p95(values: Sequence[float]) -> float:
    return float(np.percentile(values, 95)) if values else float("nan")


if __name__ == "__main__":
    raise SystemExit(main())
