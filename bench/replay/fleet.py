"""Replay cameras on a whole platform: added in steps, watched by replay hosts, paused in the end."""

from __future__ import annotations

import secrets
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from bench.installation import Installation, installed
from bench.replay.address import ReplayAddress
from bench.replay.node import JOURNAL, PAUSED
from bench.replay.recording import SCENES, recorded
from bench.replay.rules import ZONES, all_rules, rules_of

START_SECONDS = 120
WATCHED_SECONDS = 180
PAUSE_SECONDS = 30
DRAIN_SECONDS = 120
QUIET_LOOKS = 10


@dataclass
class ReplayFleet:
    installation: Installation
    nodes: tuple[str, ...]
    cookie: str
    cameras: int = 0

    def grow(self, count: int) -> float:
        """Have so many cameras; returns the seconds until every one was watched."""
        kinds: dict[tuple[str, tuple[str, ...]], dict[str, str]] = {}
        for number in range(self.cameras, count):
            scene = tuple(SCENES)[number % len(SCENES)]
            alike = kinds.setdefault((scene, tuple(rule.name for rule in rules_of(scene, number))), {})
            alike[f"Camera {number:03}"] = ReplayAddress(scene, number).url
        for (scene, rules), urls in kinds.items():
            zones = [zone.model_dump_json() for zone in ZONES[scene]]
            self.installation.call("add_cameras", urls, zones, list(rules))
        self.cameras = count
        return self.installation.wait_until(
            lambda: self.installation.watched() == count, WATCHED_SECONDS, f"{count} cameras are watched"
        )

    def pause(self) -> None:
        """Have nothing played any more, and wait until everything that was found has arrived."""
        for name in self.nodes:
            self.installation.processes[name].send_signal(signal.SIGUSR1)
        spools = [self.installation.spool(name) for name in self.nodes]
        self.installation.wait_until(
            lambda: all((spool / PAUSED).exists() for spool in spools), PAUSE_SECONDS, "the playing ends"
        )
        looks: list[tuple[Any, ...]] = []

        def is_quiet() -> bool:
            looks.append(self._standing())
            return len(looks) > QUIET_LOOKS and len(set(looks[-QUIET_LOOKS:])) == 1

        self.installation.wait_until(is_quiet, DRAIN_SECONDS, "everything has arrived")

    def _standing(self) -> tuple[Any, ...]:
        return self.installation.sql(
            "SELECT (SELECT count(*) FROM events_event), (SELECT count(*) FROM events_event WHERE state = 'ended'),"
            " (SELECT count(*) FROM events_clip WHERE snapshot_name <> ''),"
            " (SELECT count(*) FROM alerts_delivery WHERE state = 'sent')"
        )[0]

    def journals(self) -> list[Any]:
        paths = [self.installation.spool(name) / JOURNAL for name in self.nodes]
        return [path for path in paths if path.exists()]


@contextmanager
def running_fleet(nodes: int) -> Iterator[ReplayFleet]:
    """Everything started, no camera yet."""
    for scene in SCENES:
        recorded(scene)
    tokens = {f"replay-{number}": secrets.token_urlsafe(32) for number in range(1, nodes + 1)}
    with installed() as installation:
        rules = {name: rule.model_dump_json() for name, rule in all_rules().items()}
        answer = installation.call("seed", nodes=tokens, rules=rules)
        installation.start_platform()
        for name, token in tokens.items():
            installation.start_gpu_host(name, token, "-m", "bench.replay.node")
        installation.wait_until(lambda: installation.hosts() == nodes, START_SECONDS, "the hosts have registered")
        yield ReplayFleet(installation, tuple(tokens), answer["cookie"])
