"""From an event's commit to its message in a real browser, at a mail server and at a webhook, with 200 open sockets.

All is real: PostgreSQL's own time of commit, web and tasks processes, Valkey, SMTP, HTTP, Chromium. Three parts: one
webhook and mail alone; beside four more endpoints that are well; and beside the same four when one hangs, one drips,
one is away and one answers 500. The first is held against the goals in seconds. The third is held against the second:
both have as many alerts and messages, so that what differs is only that the four are bad, and not that two cores shared
with PostgreSQL, Chromium and all the receivers have three times the messages to send.
``BENCH_EVENTS`` (150) sets how many events in each part, ``BENCH_EVENTS_PER_SECOND`` (2) how fast,
``BENCH_SOCKETS`` (200) how many sockets; they are kept open by a process of their own.
"""

from __future__ import annotations

import os
import time
import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from multiprocessing import get_context
from multiprocessing.synchronize import Event

import numpy as np
import psutil
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from playwright.sync_api import Page

from bench.criterion import Criterion, at_most, report
from bench.crowd import Crowd
from bench.installation import Installation, installed
from tests.e2e.browser import chromium
from tests.outbound.receiver import answer, running_receiver
from tests.ports import free_port

EVENTS = int(os.environ.get("BENCH_EVENTS", "150"))
PER_SECOND = float(os.environ.get("BENCH_EVENTS_PER_SECOND", "2"))
SEED = "bench.seed_alerts"
SOCKETS = int(os.environ.get("BENCH_SOCKETS", "200"))
START_SECONDS = 120
PAGE_GOAL, MAIL_GOAL, HOOK_GOAL = 0.3, 1.0, 0.5
UNDISTURBED = 1.1
LAST_WORDS_SECONDS = 15
LISTEN = """
window.came = {};
addEventListener("DOMContentLoaded", () => document.body.addEventListener("live-alert", (event) => {
  for (const { data } of event.detail.messages) came[data.event_id] ??= Date.now() / 1000;
}));
"""
DELIVERIES = """
SELECT d.id, d.channel, a.event_id FROM alerts_delivery d JOIN alerts_alert a ON a.id = d.alert_id
"""


@dataclass
class Arrivals:
    """When each message first came, in seconds since 1970, by delivery."""

    mails: dict[uuid.UUID, float] = field(default_factory=dict)
    hooks: dict[uuid.UUID, float] = field(default_factory=dict)
    repeated: int = 0

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802  aiosmtpd's name
        now = time.time()
        head = (envelope.original_content or b"").decode(errors="replace")
        identity = head.partition("Message-ID: <")[2].partition("@")[0]
        self._note(self.mails, identity, now)
        return "250 Taken"

    def hook(self, request: BaseHTTPRequestHandler) -> None:
        self._note(self.hooks, str(request.headers["webhook-id"]), time.time())
        answer(200)(request)

    def _note(self, arrivals: dict[uuid.UUID, float], identity: str, now: float) -> None:
        key = uuid.UUID(identity)
        self.repeated += key in arrivals
        arrivals.setdefault(key, now)


@dataclass(frozen=True)
class Part:
    """Seconds from commit to arrival, of one part's events, and what the tasks process used."""

    page: list[float]
    mail: list[float]
    hook: list[float]
    missing: int
    cpu_seconds: float

    def told(self, name: str) -> str:
        medians = f"{_median(self.page)} s page, {_median(self.mail)} s mail, {_median(self.hook)} s webhook (medians);"
        p95s = f"{_p95(self.page):.2f}, {_p95(self.mail):.2f}, {_p95(self.hook):.2f} s (p95);"
        return f"{name}: {medians} {p95s} tasks CPU {self.cpu_seconds:.1f} s"


def main() -> int:
    arrivals = Arrivals()
    with ExitStack() as stack, ExitStack() as away:
        good = stack.enter_context(running_receiver())
        good.always = arrivals.hook
        others = {name: stack.enter_context(running_receiver()) for name in ("hangs", "drips", "500")}
        others["away"] = away.enter_context(running_receiver())
        platform = stack.enter_context(_platform(arrivals))
        urls = {name: receiver.url for name, receiver in others.items()}
        cookie = platform.call("seed_alerts", good.url, urls, module=SEED)["cookie"]
        platform.start_platform()
        page = stack.enter_context(_page(platform, cookie))
        stack.enter_context(_sockets(platform.url, cookie, SOCKETS - 1))
        platform.call("alerts_raise", events=20, gap=0.2, module=SEED)  # connections are made, caches filled
        alone = _part(platform, page, arrivals)
        print(alone.told("alone"), flush=True)
        platform.call("endpoints_join", module=SEED)
        platform.call("alerts_raise", events=5, gap=0.2, module=SEED)
        beside_good = _part(platform, page, arrivals)
        print(beside_good.told("beside four that are well"), flush=True)
        for name, manner in (("hangs", others["hangs"].hang), ("drips", others["drips"].drip), ("500", answer(500))):
            others[name].always = manner
        away.close()
        beside_bad = _part(platform, page, arrivals)
        print(beside_bad.told("beside the same when they are bad"))
    print(f"{EVENTS} events in each part, {SOCKETS} sockets; {arrivals.repeated} messages came twice")
    return report(_criteria(alone, beside_good, beside_bad))


@contextmanager
def _sockets(url: str, cookie: str, number: int) -> Iterator[None]:
    """Open pages in a process of their own: what they read is not to delay the clocks of this one."""
    context = get_context("spawn")
    opened, over = context.Event(), context.Event()
    process = context.Process(target=_stay, args=(url, cookie, number, opened, over), daemon=True)
    process.start()
    try:
        if not opened.wait(START_SECONDS):
            raise SystemExit("Not every socket was let in.")
        yield
    finally:
        over.set()
        process.join(10)


def _stay(url: str, cookie: str, number: int, opened: Event, over: Event) -> None:
    with Crowd(url, cookie) as crowd:
        crowd.enter(number)
        opened.set()
        over.wait()


@contextmanager
def _platform(arrivals: Arrivals) -> Iterator[Installation]:
    mail_server = Controller(arrivals, hostname="127.0.0.1", port=free_port())
    mail_server.start()
    settings = {
        "VMS_SMTP_HOST": "127.0.0.1",
        "VMS_SMTP_PORT": str(mail_server.port),
        "VMS_SMTP_STARTTLS": "false",
        "VMS_OUTBOUND_NETWORKS": "127.0.0.1/32",
        "VMS_ALERT_MESSAGES_PER_RECIPIENT": "1000000",
        "VMS_ALERT_MESSAGES_PER_MINUTE": "1000000",
    }
    try:
        with installed(**settings) as platform:
            platform.manage("collectstatic", "--noinput", "-v", "0")
            yield platform
    finally:
        mail_server.stop()


@contextmanager
def _page(platform: Installation, cookie: str) -> Iterator[Page]:
    name, _, value = cookie.partition("=")
    with chromium() as browser:
        context = browser.new_context()
        context.add_cookies([{"name": name, "value": value, "url": platform.url}])
        page = context.new_page()
        page.add_init_script(LISTEN)
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            try:
                page.goto(f"{platform.url}/alerts/browser/")
                break
            except Exception:  # noqa: BLE001  the web process is still starting
                platform.require_running()
                time.sleep(0.5)
        page.wait_for_selector("body[data-live=on]")
        yield page


def _part(platform: Installation, page: Page, arrivals: Arrivals) -> Part:
    before = _cpu_seconds(platform.pids["tasks"])
    raised = {uuid.UUID(text) for text in platform.call("alerts_raise", events=EVENTS, gap=1 / PER_SECOND, module=SEED)}
    page.wait_for_timeout(LAST_WORDS_SECONDS * 1000)
    used = _cpu_seconds(platform.pids["tasks"]) - before
    committed = platform.commit_times()
    came = {uuid.UUID(text): at for text, at in page.evaluate("came").items() if text}
    events = {identity: event for identity, _, event in platform.sql(DELIVERIES)}
    mails = {events[identity]: at for identity, at in arrivals.mails.items() if identity in events}
    hooks = {events[identity]: at for identity, at in arrivals.hooks.items()}
    shown, mailed, hooked = (_lags(at, committed, raised) for at in (came, mails, hooks))
    return Part(shown, mailed, hooked, 3 * len(raised) - len(shown) - len(mailed) - len(hooked), used)


def _cpu_seconds(pid: int) -> float:
    """Of a process and its children."""
    process = psutil.Process(pid)
    times = [each.cpu_times() for each in (process, *process.children(recursive=True))]
    return float(sum(each.user + each.system for each in times))


def _lags(at: Mapping[uuid.UUID, float], committed: Mapping[uuid.UUID, float], raised: set[uuid.UUID]) -> list[float]:
    return [at[event] - committed[event] for event in raised if event in at]


def _criteria(alone: Part, beside_good: Part, beside_bad: Part) -> list[Criterion]:
    missing = alone.missing + beside_good.missing + beside_bad.missing
    return [
        at_most("commit to page, p95", _p95(alone.page), PAGE_GOAL, "s"),
        at_most("commit to mail server, p95", _p95(alone.mail), MAIL_GOAL, "s"),
        at_most("commit to webhook, p95", _p95(alone.hook), HOOK_GOAL, "s"),
        at_most("messages that never came", missing, 0, ""),
        _undisturbed("webhook", beside_good.hook, beside_bad.hook),
        _undisturbed("mail", beside_good.mail, beside_bad.mail),
    ]


def _undisturbed(name: str, beside_good: Sequence[float], beside_bad: Sequence[float]) -> Criterion:
    name = f"{name} beside bad endpoints, p95"
    return Criterion(name, _p95(beside_bad), "beside good ones", _p95(beside_good), UNDISTURBED, "s", at_most=True)


def _median(values: Sequence[float]) -> str:
    return f"{np.median(values):.2f} ({len(values)})" if values else "none"


def _p95(values: Sequence[float]) -> float:
    return float(np.percentile(values, 95)) if values else float("nan")
