"""Every address that answers GET and belongs to no API, with its blanks filled in from what the database holds."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from django.db.models import Model
from django.urls import URLPattern, URLResolver, get_resolver

from alerts.models import Alert, AlertPolicy, Delivery, Endpoint, OnCallGroup
from cameras.models import Camera, CameraDraft, CameraGroup, Site, WallLayout
from events.models import Event
from reports.models import Run
from rules.models import Backtest, Rule
from vms.accounts.choices import Role
from vms.accounts.models import User
from workers.models import DeadLetter, Job, WorkerNode

OTHERS = ("api/v1/", "internal/v1/", "admin/", "healthz", "readyz", "metrics", "static/", "words/")
BLANK = re.compile(r"<(?:(\w+):)?(\w+)>")
NOBODY = {"uuid": uuid.UUID(int=0), "int": 0}


def _newest(model: type[Model]) -> Callable[[], object]:
    return lambda: model._default_manager.values_list("pk", flat=True).first()


FILLINGS: dict[str, Callable[[], object]] = {
    "alert_id": _newest(Alert),
    "backtest_id": _newest(Backtest),
    "camera_id": _newest(Camera),
    "channel": lambda: "email",
    "delivery_id": _newest(Delivery),
    "draft_id": _newest(CameraDraft),
    "endpoint_id": _newest(Endpoint),
    "event_id": _newest(Event),
    "group_id": _newest(CameraGroup),
    "job_id": _newest(Job),
    "key": lambda: "running",
    "kind": lambda: "webhook",
    "language": lambda: "en",
    "layout_id": _newest(WallLayout),
    "letter_id": _newest(DeadLetter),
    "node_id": _newest(WorkerNode),
    "number": lambda: 1,
    "on_call_id": _newest(OnCallGroup),
    "pk": lambda: User.objects.exclude(role=Role.ADMIN).values_list("pk", flat=True).first(),
    "policy_id": _newest(AlertPolicy),
    "report_format": lambda: "pdf",
    "rule_id": _newest(Rule),
    "run_id": _newest(Run),
    "site_id": _newest(Site),
}
"""What stands for a blank, by its name. Of a page with another name nothing is found: say here what it needs, and have
``seed_scale`` make one."""


@dataclass(frozen=True, slots=True)
class Address:
    name: str
    path: str


def addresses() -> list[Address]:
    """All of them; ``path`` holds "None" where the database has no such object."""
    values: dict[str, object] = {}
    return [Address(name, "/" + _filled(route, values)) for route, name in _routes(get_resolver().url_patterns, "")]


def _filled(route: str, values: dict[str, object]) -> str:
    for kind, blank in BLANK.findall(route):
        if blank not in values:
            values[blank] = FILLINGS[blank]() if blank in FILLINGS else NOBODY.get(kind, "none")
    return BLANK.sub(lambda match: str(values[match[2]]), route)


def _routes(patterns: list[URLPattern | URLResolver], start: str) -> Iterator[tuple[str, str]]:
    for pattern in patterns:
        address = start + str(pattern.pattern)
        if address.startswith(OTHERS):
            continue
        if isinstance(pattern, URLResolver):
            yield from _routes(pattern.url_patterns, address)
        else:
            yield address, pattern.name or address
