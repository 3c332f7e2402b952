"""Operators at work: each keeps a page and its socket open, asks as its scripts do, and opens another now and then."""

from __future__ import annotations

import random
import re
import threading
import time
import uuid
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import urllib3

from bench.installation import Installation
from bench.subscriber import Subscriber
from rules.engine.schema import Severity
from workers.runtime.client import PlatformClient
from workers.runtime.contract import EventSubmission, event_key
from workers.runtime.settings import NodeSettings

PAUSE_SECONDS = 10.0
"""Between two pages of one operator."""
HOME_SECONDS = 5.0
"""How often the first page asks for its news, at the most."""
PATIENCE = 10
"""As in ``pace.js``: so many times as long as an answer took does a page wait before it asks again."""
SENDS_PER_SECOND = 10
CURSOR = re.compile(r'data-cursor="([^"]+)"')


@dataclass
class Visitor:
    """Asks for pages as one user; keeps how long each took by its name."""

    url: str
    cookie: str
    pool: urllib3.PoolManager = field(default_factory=urllib3.PoolManager)
    seconds: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))

    def ask(self, name: str, path: str, **headers: str) -> bytes:
        start = time.perf_counter()
        sent = {"Cookie": self.cookie, **headers}
        answer = self.pool.request("GET", self.url + path, headers=sent, redirect=False)
        self.seconds[name].append(time.perf_counter() - start)
        if answer.status not in (200, 286):
            raise SystemExit(f"{path} answered {answer.status}")
        return answer.data


@dataclass
class Operator:
    """``refused``: pages that were not answered; an operator of a third of the cameras does not see each event.

    ``unconnected``: how often a page's socket did not come about.
    """

    visitor: Visitor
    socket: Subscriber
    refused: int = 0
    unconnected: int = 0

    def work(self, pages: list[tuple[str, str]], until: float) -> None:
        time.sleep(random.uniform(0, min(PAUSE_SECONDS, max(0.0, until - time.monotonic()))))
        while time.monotonic() < until:
            name, path = random.choice(pages)
            cursor = self._open(name, path)
            try:
                self.socket.reload(cursor)
            except OSError:  # nobody answered in time
                self.unconnected += 1
            self._stay(name, min(until, time.monotonic() + PAUSE_SECONDS))

    def _open(self, name: str, path: str) -> str:
        try:
            found = CURSOR.search(self.visitor.ask(name, path).decode())
        except SystemExit:
            self.refused += name not in {"event_detail", "alert_detail"}
            return ""
        return found[1] if found else ""

    def _stay(self, name: str, until: float) -> None:
        """On the first page any news lead to the page's body."""
        body = Pace("news of home", HOME_SECONDS)
        while time.monotonic() < until:
            try:
                if name == "home":
                    body.ask(self.visitor, "/", sum(self.socket.heard.values()), **{"HX-Request": "true"})
            except SystemExit:
                self.refused += 1
            time.sleep(0.2)


@dataclass
class Pace:
    """``paced`` of ``pace.js``."""

    name: str
    least_seconds: float
    told: int = -1
    due: float = 0.0

    def ask(self, visitor: Visitor, path: str, heard: int, **headers: str) -> None:
        if self.told < 0:
            self.told = heard
        if heard == self.told or time.monotonic() < self.due:
            return
        self.told, start = heard, time.monotonic()
        visitor.ask(self.name, path, **headers)
        now = time.monotonic()
        self.due = now + max(self.least_seconds, PATIENCE * (now - start))


class Sender:
    """Sends events as workers do, signed, in batches, one of a node at a time.

    ``sent``: when each began its way, in seconds since 1970.
    """

    def __init__(
        self, platform: Installation, *, nodes: dict[str, str], streams: list[Any], rule: list[int], zero: float
    ) -> None:
        self._clients = {name: PlatformClient(_settings(platform, name, token)) for name, token in nodes.items()}
        self._turns = {name: threading.Lock() for name in nodes}
        self._streams, self._rule, self._zero = streams, rule, zero
        self.sent: dict[uuid.UUID, float] = {}
        self.refused: list[str] = []
        self._tracks = iter(range(10**9, 2 * 10**9))

    def run(self, until: float, per_second: float) -> None:
        """Returns when all are taken in."""
        due, sends = time.monotonic(), []
        while due < until:
            time.sleep(max(0.0, due - time.monotonic()))
            due += 1 / SENDS_PER_SECOND
            sends.append(threading.Thread(target=self.send, args=[round(per_second / SENDS_PER_SECOND)]))
            sends[-1].start()
        for send in sends:
            send.join()

    def send(self, number: int) -> None:
        node = random.choice(list(self._clients))
        events = [
            self._event(stream) for stream in random.choices([s for s in self._streams if s[2] == node], k=number)
        ]
        self.sent |= {event.event_id: time.time() for event in events}
        with self._turns[node]:
            answer = self._clients[node].events([event.model_dump_json() for event in events])
        refused = [receipt.detail for receipt in answer.receipts if receipt.status not in {200, 201}]
        self.refused += [*refused, *["no receipt"] * (number - len(answer.receipts))]

    def _event(self, stream: list[Any]) -> EventSubmission:
        rule, version = self._rule
        owner, track, start_ms = uuid.UUID(stream[0]), next(self._tracks), round((time.time() - self._zero) * 1000)
        return EventSubmission(
            event_id=event_key(owner, rule, version, track, start_ms), job_id=owner, epoch=1, camera_id=stream[1],
            rule_id=rule, rule_version=version, track_id=track, class_name="person", confidence=0.8,
            severity=Severity.HIGH, start_ms=start_ms, box_xyxy=(0.4, 0.3, 0.5, 0.7),
        )  # fmt: skip


def _settings(platform: Installation, name: str, token: str) -> NodeSettings:
    folder = Path(platform.folder)
    return NodeSettings(name, token, platform.url, "", models_dir=folder, spool_dir=folder)
