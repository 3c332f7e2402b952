"""From an event's commit to its message in a real browser, at a mail server and at a webhook, with 200 open sockets.

All is real: PostgreSQL's own time of commit, web and tasks processes, Valkey, SMTP, HTTP, Chromium. The second half
has endpoints beside the good one that hang, drip, are away or answer 500: the good one must not notice.
``BENCH_EVENTS`` (100) sets how many events in each half, ``BENCH_EVENTS_PER_SECOND`` (2) how fast,
``BENCH_SOCKETS`` (200) how many sockets.
"""

from __future__ import annotations

import os
import time
import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler

import numpy as np
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from playwright.sync_api import Page

from bench.criterion import Criterion, at_most, report
from bench.installation import Installation, installed
from bench.subscriber import Subscriber
from tests.alerts.smtp_sink import free_port
from tests.e2e.browser import chromium
from tests.outbound.receiver import Receiver, answer, running_receiver

EVENTS = int(os.environ.get("BENCH_EVENTS", "100"))
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
class Half:
    """Seconds from commit to arrival, of one half's events."""

    page: list[float]
    mail: list[float]
    hook: list[float]
    missing: int


def main() -> int:
    arrivals = Arrivals()
    with ExitStack() as stack:
        good = stack.enter_context(running_receiver())
        good.always = arrivals.hook
        bad = {manner: _bad(stack.enter_context(running_receiver()), manner) for manner in ("hangs", "drips", "500")}
        bad["away"] = "http://127.0.0.1:1/"
        platform = stack.enter_context(_platform(arrivals))
        cookie = platform.call("seed_alerts", good.url, bad, module=SEED)["cookie"]
        platform.start_platform()
        page = stack.enter_context(_page(platform, cookie))
        for _ in range(SOCKETS - 1):
            stack.enter_context(Subscriber(platform.url, cookie))
        platform.call("alerts_raise", events=20, gap=0.2, module=SEED)  # connections are made, caches filled
        calm = _half(platform, page, arrivals, disturbed=False)
        disturbed = _half(platform, page, arrivals, disturbed=True)
    print(f"{EVENTS} events in each half, {SOCKETS} sockets; {arrivals.repeated} messages came twice")
    for name, half in (("undisturbed", calm), ("beside bad endpoints", disturbed)):
        print(
            f"{name}: medians {_median(half.page)} s page, {_median(half.mail)} s mail, {_median(half.hook)} s webhook"
        )
    return report(_criteria(calm, disturbed))


def _bad(receiver: Receiver, manner: str) -> str:
    receiver.always = {"hangs": receiver.hang, "drips": receiver.drip, "500": answer(500)}[manner]
    return receiver.url


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


def _half(platform: Installation, page: Page, arrivals: Arrivals, *, disturbed: bool) -> Half:
    platform.call("endpoints_disturb", disturbed=disturbed, module=SEED)
    raised = {uuid.UUID(text) for text in platform.call("alerts_raise", events=EVENTS, gap=1 / PER_SECOND, module=SEED)}
    page.wait_for_timeout(LAST_WORDS_SECONDS * 1000)
    committed = platform.commit_times()
    came = {uuid.UUID(text): at for text, at in page.evaluate("came").items() if text}
    events = {identity: event for identity, _, event in platform.sql(DELIVERIES)}
    mails = {events[identity]: at for identity, at in arrivals.mails.items() if identity in events}
    hooks = {events[identity]: at for identity, at in arrivals.hooks.items()}
    shown, mailed, hooked = (_lags(at, committed, raised) for at in (came, mails, hooks))
    return Half(shown, mailed, hooked, 3 * len(raised) - len(shown) - len(mailed) - len(hooked))


def _lags(at: Mapping[uuid.UUID, float], committed: Mapping[uuid.UUID, float], raised: set[uuid.UUID]) -> list[float]:
    return [at[event] - committed[event] for event in raised if event in at]


def _criteria(calm: Half, disturbed: Half) -> list[Criterion]:
    return [
        at_most("commit to page, p95", _p95(calm.page), PAGE_GOAL, "s"),
        at_most("commit to mail server, p95", _p95(calm.mail), MAIL_GOAL, "s"),
        at_most("commit to webhook, p95", _p95(calm.hook), HOOK_GOAL, "s"),
        at_most("messages that never came", calm.missing + disturbed.missing, 0, ""),
        _undisturbed("webhook", calm.hook, disturbed.hook),
        _undisturbed("mail", calm.mail, disturbed.mail),
    ]


def _undisturbed(name: str, calm: Sequence[float], disturbed: Sequence[float]) -> Criterion:
    name = f"{name} beside bad endpoints, p95"
    return Criterion(name, _p95(disturbed), "without them", _p95(calm), UNDISTURBED, "s", at_most=True)


def _median(values: Sequence[float]) -> str:
    return f"{np.median(values):.2f} ({len(values)})" if values else "none"


def _p95(values: Sequence[float]) -> float:
    return float(np.percentile(values, 95)) if values else float("nan")
