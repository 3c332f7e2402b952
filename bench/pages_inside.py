"""What ``bench pages`` asks of the seeded database; run by ``manage.py shell``."""

from __future__ import annotations

import json
from datetime import timedelta

from django.conf import settings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from bench.seed import session_cookie
from events.models import Event
from events.selectors import events_visible_to
from events.views import PAGE_SIZE
from rules.models import RuleVersion
from tests.pages.addresses import Address, addresses
from vms.accounts.models import User
from vms.paging import cursor_of
from workers.models import Stream, StreamLease

USERS = ("admin", "operator-1", "operator-2")
DEEP_PAGE = 1000


def pages() -> None:
    """Prints each user's cookie and pages, as [name, path, queries], and the address of the list's deep page."""
    settings.ALLOWED_HOSTS = ["*"]
    found = {name: _pages_of(User.objects.get(username=name)) for name in USERS}
    cookies = {user.username: session_cookie(user) for user in User.objects.all()}
    print(json.dumps({"pages": found, "cookies": cookies, "deep": _deep_page()}))


def _pages_of(user: User) -> list[tuple[str, str, int]]:
    client = Client()
    client.force_login(user)
    found = []
    yesterday = timezone.localdate() - timedelta(days=1)
    whole_day = Address("timeline of a whole day", f"/events/timeline/?day={yesterday.isoformat()}")
    for address in [*addresses(), whole_day]:
        with CaptureQueriesContext(connection) as queries:
            answer = client.get(address.path)
        if answer.status_code in {200, 286} and answer["Content-Type"].startswith("text/html"):
            found.append((address.name, address.path, len(queries)))
    return found


def _deep_page() -> str:
    events = events_visible_to(User.objects.get(username="admin"))
    skipped = min(PAGE_SIZE * (DEEP_PAGE - 1), events.count() - PAGE_SIZE)
    last: Event = events.order_by("-started_at", "-id")[skipped - 1]
    return cursor_of(last, "started_at")


def workers() -> None:
    """Gives every stream its lease, and prints what a worker needs to send events of them."""
    rules = [list(pair) for pair in RuleVersion.objects.values_list("rule_id", "number")]
    streams = list(Stream.objects.filter(boot_id__isnull=False).select_related("node"))
    leases = [
        StreamLease(stream=s, epoch=s.epoch, node=s.node, boot_id=s.boot_id, rules=rules, from_ms=0)
        for s in streams
        if s.boot_id
    ]
    StreamLease.objects.bulk_create(leases, ignore_conflicts=True)
    nodes = {s.node.name: s.node.token for s in streams if s.node is not None}
    rows = [[str(s.id), s.camera_id, s.node.name] for s in streams if s.node is not None]
    zero = streams[0].started_at.timestamp()
    print(json.dumps({"nodes": nodes, "streams": rows, "rule": rules[0], "zero": zero}))
