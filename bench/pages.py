"""Every page of a large site: server time, queries, weight, first paint, live news; 50 operators while events arrive.

300 cameras, a million events and 100,000 alerts (``BENCH_CAMERAS``, ``BENCH_EVENTS``, ``BENCH_ALERTS``) in a database
of their own behind the real web process; seeding takes about two minutes, and only the first run with the same
``BENCH_FOLDER`` does it. Each page is asked for a few times by an admin, an operator of all cameras and one of a third
of them, and the slowest ones ``BENCH_ROUNDS`` (20) times. Then ``BENCH_OPERATORS`` (50) keep a page and its socket open
and open another one every ten seconds for ``BENCH_SECONDS`` (60), while workers send ``BENCH_EVENTS_PER_SECOND`` (50).
About seven minutes. ``BENCH_PARTS`` (``times,browser,operators``) names the parts to run.
"""

from __future__ import annotations

import gzip
import os
import re
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from typing import Any
from urllib.parse import urljoin

import numpy as np
import urllib3

from bench.criterion import Criterion, at_most, report
from bench.installation import Installation, installed
from bench.pages_browser import live_criteria, paint_criterion
from bench.pages_operators import Operator, Sender, Visitor
from bench.sampling import cpu_seconds
from bench.subscriber import Subscriber

CAMERAS, EVENTS, ALERTS = (
    os.environ.get(f"BENCH_{name}", usual)
    for name, usual in (("CAMERAS", "300"), ("EVENTS", "1000000"), ("ALERTS", "100000"))
)
ROUNDS = int(os.environ.get("BENCH_ROUNDS", "20"))
OPERATORS = int(os.environ.get("BENCH_OPERATORS", "50"))
SECONDS = float(os.environ.get("BENCH_SECONDS", "60"))
PER_SECOND = float(os.environ.get("BENCH_EVENTS_PER_SECOND", "50"))
PARTS = os.environ.get("BENCH_PARTS", "times,browser,operators").split(",")
INSIDE = "bench.pages_inside"
FIRST_ROUNDS = 4
"""By which the slowest pages are found; the first of them makes connections and fills caches."""
SHOWN = 12
LISTED = {"event_list", "home", "alert_list", "camera_list", "event_detail", "wall", "alert_detail"}
"""What operators look at."""
OWN = re.compile(r"""(?:src|href)="(/static/(?:js|build)/[^"]+\.(?:js|css))\"""")
IMPORT = re.compile(r"""(?:from|import)\s*\(?["'](\.[^"']+\.js)["']""")


def main() -> int:
    with installed() as platform:
        platform.manage("collectstatic", "--noinput", "-v", "0")
        if not platform.sql("SELECT 1 FROM events_event LIMIT 1"):
            platform.manage("seed_scale", "--cameras", CAMERAS, "--events", EVENTS, "--alerts", ALERTS)
        known = platform.call("pages", module=INSIDE)
        platform.start_platform("web")
        cookie = known["cookies"]["admin"]
        admin = Visitor(platform.url, cookie)
        platform.wait_until(lambda: _answers(admin), 60, "the web process")
        sender = Sender(platform, **platform.call("workers", module=INSIDE))
        criteria: list[Criterion] = []
        if "times" in PARTS:
            criteria += [*_page_times(platform.url, known), _depth(admin, known["deep"]), _weight(admin)]
        if "browser" in PARTS:
            criteria.append(paint_criterion(platform.url, cookie))
            criteria += live_criteria(platform.url, cookie, sender.send)
        if "operators" in PARTS:
            criteria += _operators(platform, known, sender)
    return report(criteria)


def _answers(visitor: Visitor) -> bool:
    try:
        visitor.ask("first", "/")
    except urllib3.exceptions.HTTPError:
        return False
    return True


def _page_times(url: str, known: dict[str, Any]) -> list[Criterion]:
    visitors = {user: Visitor(url, known["cookies"][user]) for user in known["pages"]}
    rows = [(user, *page) for user, pages in known["pages"].items() for page in pages]
    for user, name, path, _ in rows * FIRST_ROUNDS:
        visitors[user].ask(name, path)
    # The fastest of each page's first rounds: another process's moment on the processor makes no page slow.
    rows.sort(key=lambda row: min(visitors[row[0]].seconds[row[1]]), reverse=True)
    slowest = []
    for user, name, path, queries in rows[:SHOWN]:
        visitors[user].seconds[name].clear()
        for _ in range(ROUNDS):
            visitors[user].ask(name, path)
        slowest.append((_p95(visitors[user].seconds[name]) * 1000, queries, name, user))
    print(f"{len(rows)} pages; the slowest, each {ROUNDS} times, 95 % of them within:")
    for milliseconds, queries, name, user in sorted(slowest, reverse=True):
        print(f"  {milliseconds:5.0f} ms  {queries:2} queries  {name} as {user}")
    milliseconds, _, name, _ = max(slowest)
    most, dearest = max((queries, name) for _, name, _, queries in rows)
    return [
        at_most(f"server time of the slowest page ({name}), p95", milliseconds, 150, "ms"),
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


def _operators(platform: Installation, known: dict[str, Any], sender: Sender) -> list[Criterion]:
    pages = [(name, path) for name, path, _ in known["pages"]["operator-2"] if name in LISTED]
    visitors = [Visitor(platform.url, known["cookies"][f"operator-{number + 1}"]) for number in range(OPERATORS)]
    sender.sent.clear()
    with ExitStack() as stack:
        sockets = [stack.enter_context(Subscriber(platform.url, visitor.cookie)) for visitor in visitors]
        operators = [Operator(visitor, socket) for visitor, socket in zip(visitors, sockets, strict=True)]
        began_at, before = time.monotonic(), _cpu_seconds(platform)
        until = began_at + SECONDS
        with ThreadPoolExecutor(OPERATORS + 1) as pool:
            work = [pool.submit(sender.run, until, PER_SECOND)]
            work += [pool.submit(operator.work, pages, until) for operator in operators]
            for done in work:
                done.result()
        took = time.monotonic() - began_at
        used = {name: (seconds - before[name]) / took for name, seconds in _cpu_seconds(platform).items()}
        time.sleep(2)
        lost = [socket.closed for socket in sockets if socket.closed]
    times = [each for visitor in visitors for seconds in visitor.seconds.values() for each in seconds]
    lags = [
        at - sender.sent[key] for socket in sockets for (_, key), at in socket.arrivals.items() if key in sender.sent
    ]
    print(
        f"{OPERATORS} operators, {len(times)} pages and parts of them, {len(sender.sent)} events in {SECONDS:.0f} s, "
        f"{len(lags)} messages on sockets, of which 95 % within {_p95(lags):.2f} s"
    )
    print("CPU in seconds a second: " + ", ".join(f"{name} {cpu:.2f}" for name, cpu in used.items()))
    for name in sorted({name for visitor in visitors for name in visitor.seconds}):
        own = [each for visitor in visitors for each in visitor.seconds[name]]
        print(f"  {name}: {len(own)} times, median {np.median(own) * 1000:.0f} ms, p95 {_p95(own) * 1000:.0f} ms")
    if sender.refused:
        print(f"not taken in: {sender.refused[0]}")
    return [
        at_most("sockets lost", len(lost) + sum(operator.unconnected for operator in operators), 0, ""),
        at_most("pages refused", sum(operator.refused for operator in operators), 0, ""),
        at_most("events not taken in", len(sender.refused), 0, ""),
        at_most(f"page beside {PER_SECOND:.0f} events a second, p95", _p95(times), 1, "s"),
        at_most("event to open page, p95", _p95(lags), 1, "s"),
    ]


def _cpu_seconds(platform: Installation) -> dict[str, float]:
    return cpu_seconds(platform.pids) | {"this bench": time.process_time()}


def _p95(values: list[float]) -> float:
    return float(np.percentile(values, 95)) if values else float("nan")
