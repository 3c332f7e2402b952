"""1,000 open pages and a burst of 300 alerts: none lost, slow readers cut off and caught up, a grant taken back acts.

Beside it the same burst through plain Channels consumers on channels-redis' core layer.
``BENCH_SOCKETS`` (1000), ``BENCH_BURST`` (300).
"""

from __future__ import annotations

import os
import select
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime

import psutil

from bench.criterion import Criterion, at_most, report
from bench.crowd import Crowd, Visitor
from bench.installation import REPOSITORY, Installation, installed
from tests.ports import free_port
from vms.embedded.ports import LOOPBACK

SOCKETS = int(os.environ.get("BENCH_SOCKETS", "1000"))
BURST = int(os.environ.get("BENCH_BURST", "300"))
SEED = "bench.seed_alerts"
SLOW, MOST_BURSTS = 20, 6
START_SECONDS, PATIENCE_SECONDS = 120, 90
QUIET_SECONDS = 5
REVOKE_GOAL_SECONDS, MEMORY_GOAL_MEGABYTES = 5, 64


@dataclass(frozen=True)
class Burst:
    """What became of one burst: messages that did not come, until when the last came, what the web process used."""

    lost: int
    seconds: float
    cpu_seconds: float

    def told(self, name: str) -> str:
        lost = f"{self.lost} of {SOCKETS * BURST} lost"
        return f"{name}: {lost}, last after {self.seconds:.1f} s, web CPU {self.cpu_seconds:.1f} s"


def main() -> int:
    criteria: list[Criterion] = []
    # One web process, beside the one of the peer.
    with installed(VMS_WEB_PROCESSES="1") as platform:
        cookies = platform.call("seed_sockets", module=SEED)
        platform.start_platform()
        _wait_for(platform.url)
        with Crowd(platform.url, cookies["admin"]) as crowd:
            visitors = _entered(crowd)
            ours = _burst(
                platform.pids["web"], visitors, lambda: platform.call("alerts_burst", events=BURST, module=SEED)
            )
            print(ours.told(f"{SOCKETS} sockets, {BURST} alerts in one commit"), flush=True)
            criteria += _slow_readers(platform, crowd)
        criteria += [_revoked(platform, cookies["guard"], tell=tell) for tell in (True, False)]
        platform.stop("web")
        core = _peer(platform)
        print(core.told("channels-redis core layer"))
    beside = "channels-redis core layer"
    loss = at_most("alerts lost", ours.lost, 0, "")
    cpu = Criterion("web CPU of the burst", ours.cpu_seconds, beside, core.cpu_seconds, 1, "s", at_most=True)
    return report([loss, cpu, *criteria])


def _entered(crowd: Crowd) -> list[Visitor]:
    visitors = crowd.enter(SOCKETS)
    if not crowd.wait_until(lambda: all(visitor.cursor for visitor in visitors), START_SECONDS):
        raise SystemExit("Not every page was let in.")
    return visitors


def _burst(web: int, visitors: Collection[Visitor], happen: Callable[[], object]) -> Burst:
    before, known = _cpu_seconds(web), {visitor: len(visitor.alerts) for visitor in visitors}
    happen()
    sent_at = time.time()
    came = _settled(visitors)
    lost = sum(max(0, BURST - len(visitor.alerts) + known[visitor]) for visitor in visitors)
    return Burst(lost, max(0.0, came - sent_at), _cpu_seconds(web) - before)


def _settled(visitors: Collection[Visitor]) -> float:
    """When the last message came: after it, nothing came for some seconds."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    last = 0.0
    while time.monotonic() < deadline:
        last = max(visitor.last_at for visitor in visitors)
        if last and time.time() - last > QUIET_SECONDS:
            break
        time.sleep(0.2)
    return last


def _slow_readers(platform: Installation, crowd: Crowd) -> list[Criterion]:
    web = psutil.Process(platform.pids["web"])
    cursor, memory = datetime.now(UTC).isoformat(), web.memory_info().rss
    stuck = crowd.enter_without_reading(SLOW)
    time.sleep(2)
    told: set[str] = set()
    for _ in range(MOST_BURSTS):
        told |= set(platform.call("alerts_burst", events=BURST, module=SEED))
        if crowd.wait_until(lambda: all(map(_is_cut, stuck)), 15):
            break
    grown = (web.memory_info().rss - memory) / 2**20
    left = sum(not _is_cut(line) for line in stuck)
    returned = crowd.enter(SLOW)
    for visitor in returned:
        crowd.resume(visitor, cursor)
    crowd.wait_until(lambda: all(told <= visitor.alerts for visitor in returned), PATIENCE_SECONDS)
    return [
        at_most(f"of {SLOW} pages that read nothing, those not cut off", left, 0, ""),
        at_most("memory that the web process grew by", grown, MEMORY_GOAL_MEGABYTES, "MB"),
        at_most("alerts missing after they came back", sum(len(told - each.alerts) for each in returned), 0, ""),
    ]


def _is_cut(line: socket.socket) -> bool:
    poll = select.poll()
    poll.register(line, 0)
    return bool(poll.poll(0))


def _revoked(platform: Installation, cookie: str, *, tell: bool) -> Criterion:
    with Crowd(platform.url, cookie) as crowd:
        (visitor,) = crowd.enter(1)
        raising = threading.Thread(target=lambda: platform.call("alerts_raise", events=200, gap=0.1, module=SEED))
        raising.start()
        crowd.wait_until(lambda: visitor.last_at > 0, START_SECONDS)
        revoked_at = platform.call("guard_revoke", tell=tell, module=SEED)
        raising.join()
    platform.call("guard_admit", module=SEED)
    how = "told" if tell else "behind the back of all"
    return at_most(
        f"grant taken back, {how}: last message after", visitor.last_at - revoked_at, REVOKE_GOAL_SECONDS, "s"
    )


def _peer(platform: Installation) -> Burst:
    variables = {"PATH": os.environ["PATH"], "REDIS_URL": platform.environment["REDIS_URL"]}
    with _peer_server(platform, variables) as (url, web), Crowd(url, "", path="/") as crowd:
        visitors = _entered(crowd)
        command = [sys.executable, "-m", "bench.channels_peer", str(BURST)]
        return _burst(web, visitors, lambda: subprocess.run(command, cwd=REPOSITORY, env=variables, check=True))


@contextmanager
def _peer_server(platform: Installation, variables: dict[str, str]) -> Iterator[tuple[str, int]]:
    port = str(free_port())
    command = (sys.executable, "-m", "uvicorn", "bench.channels_peer:application", "--host", LOOPBACK, "--port", port)
    platform.start(
        "peer", (*command, "--lifespan", "off", "--ws", "websockets-sansio", "--log-level", "error"), variables
    )
    try:
        _wait_for(f"http://{LOOPBACK}:{port}")
        yield f"http://{LOOPBACK}:{port}", platform.pids["peer"]
    finally:
        platform.stop("peer")


def _wait_for(url: str) -> None:
    host, _, port = url.partition("//")[2].partition(":")
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        with suppress(OSError), socket.create_connection((host, int(port)), 5):
            return
        time.sleep(0.3)
    raise SystemExit(f"{url} does not answer.")


def _cpu_seconds(pid: int) -> float:
    times = psutil.Process(pid).cpu_times()
    return float(times.user + times.system)
