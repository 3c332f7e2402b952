"""Every page of a large site: server time, queries, weight, first paint; and 50 operators while events arrive.

300 cameras, a million events and 100,000 alerts (``BENCH_CAMERAS``, ``BENCH_EVENTS``, ``BENCH_ALERTS``) in a database
of their own behind the real web process; seeding takes about two minutes. Each page is asked for ``BENCH_ROUNDS`` (20)
times by an admin, an operator of all cameras and one of a third of them. Then ``BENCH_OPERATORS`` (50) keep a page open
and load another one every ten seconds for ``BENCH_SECONDS`` (60), while workers send ``BENCH_EVENTS_PER_SECOND`` (50).
"""

from __future__ import annotations

import gzip
import os
import random
import re
import threading
import time
import uuid
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

import numpy as np
import urllib3

from bench.criterion import Criterion, at_most, report
from bench.installation import Installation, installed
from bench.subscriber import Subscriber
from rules.engine.schema import Severity
from tests.e2e.browser import chromium
from workers.runtime.client import PlatformClient
from workers.runtime.contract import EventSubmission, event_key
from workers.runtime.settings import NodeSettings

CAMERAS, EVENTS, ALERTS = (
    os.environ.get(f"BENCH_{name}", usual)
    for name, usual in (("CAMERAS", "300"), ("EVENTS", "1000000"), ("ALERTS", "100000"))
)
ROUNDS = int(os.environ.get("BENCH_ROUNDS", "20"))
OPERATORS = int(os.environ.get("BENCH_OPERATORS", "50"))
SECONDS = float(os.environ.get("BENCH_SECONDS", "60"))
PER_SECOND = float(os.environ.get("BENCH_EVENTS_PER_SECOND", "50"))
INSIDE = "bench.pages_inside"
PAUSE_SECONDS = 10.0
"""Between two pages of one operator."""
SENDS_PER_SECOND = 10
SHOWN = 12
PAINTS = 5
LISTED = {"event_list", "home", "alert_list", "camera_list", "event_detail", "wall", "alert_detail"}
"""What operators look at."""
OWN = re.compile(r"""(?:src|href)="(/static/(?:js|build)/[^"]+\.(?:js|css))\"""")
IMPORT = re.compile(r"""(?:from|import)\s*\(?["'](\.[^"']+\.js)["']""")
PAINT = """
window.paint = 0;
new PerformanceObserver((list) => { for (const entry of list.getEntries()) window.paint = entry.startTime; })
  .observe({ type: "largest-contentful-paint", buffered: true });
"""


@dataclass
class Visitor:
    """Asks for pages as one user; keeps how long each took by its name."""

    url: str
    cookie: str
    pool: urllib3.PoolManager = field(default_factory=urllib3.PoolManager)
    seconds: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))

    def ask(self, name: str, path: str) -> bytes:
        start = time.perf_counter()
        answer = self.pool.request("GET", self.url + path, headers={"Cookie": self.cookie}, redirect=False)
        self.seconds[name].append(time.perf_counter() - start)
        if answer.status not in (200, 286):
            raise SystemExit(f"{path} answered {answer.status}")
        return answer.data


def main() -> int:
    with installed() as platform:
        platform.manage("collectstatic", "--noinput", "-v", "0")
        platform.manage("seed_scale", "--cameras", CAMERAS, "--events", EVENTS, "--alerts", ALERTS)
        known = platform.call("pages", module=INSIDE)
        platform.start_platform("web")
        admin = Visitor(platform.url, known["cookies"]["admin"])
        platform.wait_until(lambda: _answers(admin), 60, "the web process")
        criteria = [*_page_times(platform.url, known), _depth(admin, known["deep"]), _weight(admin), _paint(admin)]
        criteria += _operators(platform, known)
    return report(criteria)


def _answers(visitor: Visitor) -> bool:
    try:
        visitor.ask("first", "/")
    except urllib3.exceptions.HTTPError:
        return False
    return True


def _page_times(url: str, known: dict[str, Any]) -> list[Criterion]:
    rows = []
    for user, pages in known["pages"].items():
        visitor = Visitor(url, known["cookies"][user])
        for _ in range(ROUNDS + 1):
            for name, path, _ in pages:
                visitor.ask(name, path)
        # The first round makes connections and fills caches.
        rows += [(_p95(visitor.seconds[name][1:]), queries, name, user) for name, _, queries in pages]
    print(f"{len(rows)} pages, each {ROUNDS} times; the slowest:")
    for slow, queries, name, user in sorted(rows, reverse=True)[:SHOWN]:
        print(f"  {slow * 1000:5.0f} ms  {queries:2} queries  {name} as {user}")
    slowest, _, name, _ = max(rows)
    most, dearest = max((queries, name) for _, queries, name, _ in rows)
    return [
        at_most(f"server time of the slowest page ({name}), p95", slowest * 1000, 150, "ms"),
        at_most(f"queries of the page with most ({dearest})", most, 25, ""),
    ]


def _depth(admin: Visitor, deep: str) -> Criterion:
    for _ in range(ROUNDS):
        admin.ask("page 1", "/events/")
        admin.ask("page 1000", "/events/?after=" + deep.replace("+", "%2B"))
    near, far = (float(np.median(admin.seconds[name])) * 1000 for name in ("page 1", "page 1000"))
    return Criterion("event list, page 1,000", far, "page 1", near, 1.3, "ms", at_most=True)


def _weight(admin: Visitor) -> Criterion:
    """Own style sheets and modules of the first page, with all that they import, compressed one by one."""
    waiting = OWN.findall(admin.ask("home", "/").decode())
    seen: dict[str, int] = {}
    while waiting:
        path = waiting.pop()
        if path not in seen:
            content = admin.ask("static", path)
            seen[path] = len(gzip.compress(content, 6))
            waiting += [urljoin(path, name) for name in IMPORT.findall(content.decode())]
    return at_most("own CSS and JS of the first page, compressed", sum(seen.values()) / 1000, 150, "KB")


def _paint(admin: Visitor) -> Criterion:
    """In a browser that has nothing in its cache."""
    name, _, value = admin.cookie.partition("=")
    paints = []
    with chromium() as browser:
        for _ in range(PAINTS):
            context = browser.new_context()
            context.add_cookies([{"name": name, "value": value, "url": admin.url}])
            page = context.new_page()
            page.add_init_script(PAINT)
            page.goto(f"{admin.url}/", wait_until="load")
            page.wait_for_timeout(1000)
            paints.append(page.evaluate("window.paint") / 1000)
            context.close()
    return at_most(f"largest contentful paint of the first page, median of {PAINTS}", float(np.median(paints)), 1, "s")


def _operators(platform: Installation, known: dict[str, Any]) -> list[Criterion]:
    pages = [(name, path) for name, path, _ in known["pages"]["operator-2"] if name in LISTED]
    names = [f"operator-{number + 1}" for number in range(OPERATORS)]
    sender = Sender(platform, **platform.call("workers", module=INSIDE))
    visitors = [Visitor(platform.url, known["cookies"][name]) for name in names]
    with ExitStack() as stack:
        sockets = [stack.enter_context(Subscriber(platform.url, visitor.cookie)) for visitor in visitors]
        until = time.monotonic() + SECONDS
        with ThreadPoolExecutor(OPERATORS + 1) as pool:
            sending = pool.submit(sender.run, until)
            visits = [pool.submit(_visit, visitor, pages, until) for visitor in visitors]
            sending.result()
            refused = sum(visit.result() for visit in visits)
        time.sleep(2)
        lost = [socket.closed for socket in sockets if socket.closed]
    times = [each for visitor in visitors for seconds in visitor.seconds.values() for each in seconds]
    lags = [
        at - sender.sent[key] for socket in sockets for (_, key), at in socket.arrivals.items() if key in sender.sent
    ]
    print(
        f"{OPERATORS} operators, {len(times)} pages, {len(sender.sent)} events in {SECONDS:.0f} s, "
        f"{len(lags)} messages on sockets, of which 95 % within {_p95(lags):.2f} s"
    )
    if sender.refused:
        print(f"not taken in: {sender.refused[0]}")
    return [
        at_most("sockets lost", len(lost), 0, ""),
        at_most("pages refused", refused, 0, ""),
        at_most("events not taken in", len(sender.refused), 0, ""),
        at_most(f"page beside {PER_SECOND:.0f} events a second, p95", _p95(times), 1, "s"),
        at_most("event to open page, p95", _p95(lags), 1, "s"),
    ]


def _visit(visitor: Visitor, pages: list[tuple[str, str]], until: float) -> int:
    """How many pages were refused: an operator of a third of the cameras does not see each event."""
    refused = 0
    time.sleep(random.uniform(0, min(PAUSE_SECONDS, SECONDS)))
    while time.monotonic() < until:
        name, path = random.choice(pages)
        try:
            visitor.ask(name, path)
        except SystemExit:
            refused += name not in {"event_detail", "alert_detail"}
        time.sleep(PAUSE_SECONDS)
    return refused


class Sender:
    """Sends events as workers do, signed and in batches; ``sent``: when each began its way, in seconds since 1970."""

    def __init__(
        self, platform: Installation, *, nodes: dict[str, str], streams: list[Any], rule: list[int], zero: float
    ) -> None:
        self._clients = {name: PlatformClient(_settings(platform, name, token)) for name, token in nodes.items()}
        self._streams, self._rule, self._zero = streams, rule, zero
        self.sent: dict[uuid.UUID, float] = {}
        self.refused: list[str] = []
        self._tracks = iter(range(10**9, 2 * 10**9))

    def run(self, until: float) -> None:
        due = time.monotonic()
        while due < until:
            time.sleep(max(0.0, due - time.monotonic()))
            due += 1 / SENDS_PER_SECOND
            threading.Thread(target=self._send, args=[round(PER_SECOND / SENDS_PER_SECOND)]).start()

    def _send(self, number: int) -> None:
        node = random.choice(list(self._clients))
        events = [
            self._event(stream) for stream in random.choices([s for s in self._streams if s[2] == node], k=number)
        ]
        self.sent |= {event.event_id: time.time() for event in events}
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


def _p95(values: list[float]) -> float:
    return float(np.percentile(values, 95)) if values else float("nan")
