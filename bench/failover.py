"""A GPU host with four cameras is killed again and again: how long until another one sees each of its cameras.

All is real but the detector, which looks for motion: the platform, two hosts, RTSP, PostgreSQL, Valkey. Counted from
SIGKILL to the first picture on the other host, for each camera. Rounds follow each other within a minute, so what makes
a host's breaker open is forgotten after each, as on hosts that fail now and then. Meanwhile a plain Dramatiq worker of
the same Valkey, with Dramatiq's own defaults, is killed while it holds a message: its figure is when another worker has
that message.
``ROUNDS`` (10) kills; ``PEER_CAP_SECONDS`` (300) is waited for Dramatiq at most.
"""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from bench.criterion import at_most, report
from tests.faults.live.fleet import NODES, REPOSITORY, Fleet, running_fleet
from tests.faults.live.judging import cameras_of
from tests.faults.live.sightings import first_sighting
from vms.embedded.throwaway import throwaway_folder

ROUNDS = int(os.environ.get("ROUNDS", "10"))
PEER_CAP_SECONDS = float(os.environ.get("PEER_CAP_SECONDS", "300"))
CAMERAS = 4
GOAL_SECONDS = 15.0
WAIT_SECONDS = 120.0
PEER_NAME = "beside it, Dramatiq's defaults"
SEND = "import sys; from bench.dramatiq_peer import hold; hold.send(sys.argv[1])"


def main() -> int:
    with (
        throwaway_folder() as folder,
        running_fleet(folder, folder, cameras=CAMERAS) as fleet,
        killed_peer(fleet) as peer,
    ):
        seconds = [seen for number in range(ROUNDS) for seen in kill_round(fleet, number)]
        peer_words = peer.words()
    middle, high = np.percentile(seconds, [50, 95])
    print(
        f"\nseen again by another host, {ROUNDS} kills of {CAMERAS} cameras: p50 {middle:.1f} s, p95 {high:.1f} s, "
        f"max {max(seconds):.1f} s"
    )
    print(peer_words)
    return report([at_most("camera of a killed host seen again, p95", float(high), GOAL_SECONDS, "s")])


def kill_round(fleet: Fleet, number: int) -> list[float]:
    node = list(NODES)[number % len(NODES)]
    give_all_to(fleet, node)
    time.sleep(random.uniform(0, 2))  # the kill falls anywhere between two reports
    killed_at = time.time()
    fleet.kill_tree(node)
    ids = dict(fleet.sql("SELECT name, id FROM cameras_camera WHERE NOT hidden"))
    fleet.wait_until(
        lambda: all(first_sighting(fleet, camera, killed_at) for camera in ids.values()), WAIT_SECONDS, "seen again"
    )
    seconds = [(first_sighting(fleet, camera, killed_at) or 0) - killed_at for camera in ids.values()]
    print(
        f"round {number + 1}: {node} killed; seen again after", " ".join(f"{one:.1f}" for one in sorted(seconds)), "s"
    )
    fleet.start(node)
    fleet.wait_until_watched()
    fleet.forget_troubles()
    return seconds


def give_all_to(fleet: Fleet, node: str) -> None:
    """By draining the other, as an admin would."""
    other = next(name for name in NODES if name != node)
    fleet.drain(other, draining=True)
    fleet.wait_until(lambda: len(cameras_of(fleet, node)) == CAMERAS, WAIT_SECONDS, f"{node} watches every camera")
    fleet.drain(other, draining=False)
    time.sleep(3)  # the other one is heard again, and free to take over


@dataclass
class KilledPeer:
    """One of two Dramatiq workers was killed with its message; ``notes`` has a line for each time it was begun."""

    notes: Path
    killed_at: float

    def words(self) -> str:
        while len(self.begun()) < 2:
            if time.time() - self.killed_at > PEER_CAP_SECONDS:
                return f"{PEER_NAME}: nobody had the killed worker's message within {PEER_CAP_SECONDS:.0f} s"
            time.sleep(0.2)
        return f"{PEER_NAME}: another worker had its message after {self.begun()[1][1] - self.killed_at:.1f} s"

    def begun(self) -> list[tuple[int, float]]:
        lines = self.notes.read_text("utf-8").splitlines() if self.notes.exists() else []
        return [(int(pid), float(at)) for pid, at in (line.split() for line in lines)]


@contextmanager
def killed_peer(fleet: Fleet) -> Iterator[KilledPeer]:
    environment = {**fleet.environment, "BENCH_PEER_REDIS": fleet.environment["REDIS_URL"]}
    command = [sys.executable, "-m", "dramatiq", "bench.dramatiq_peer", "--processes", "1", "--threads", "1"]
    workers = [
        subprocess.Popen(
            command,
            cwd=REPOSITORY,
            env=environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        for _ in range(2)
    ]
    peer = KilledPeer(fleet.folder / "peer.txt", 0)
    try:
        time.sleep(3)
        subprocess.run([sys.executable, "-c", SEND, str(peer.notes)], cwd=REPOSITORY, env=environment, check=True)
        fleet.wait_until(lambda: len(peer.begun()) == 1, WAIT_SECONDS, "a worker has the message")
        holder = next(worker for worker in workers if worker.pid == peer.begun()[0][0])
        os.killpg(holder.pid, signal.SIGKILL)
        peer.killed_at = time.time()
        yield peer
    finally:
        for worker in workers:
            if worker.poll() is None:
                os.killpg(worker.pid, signal.SIGKILL)
            worker.wait()
