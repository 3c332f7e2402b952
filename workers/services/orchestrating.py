"""The loop of the orchestrator: waits to lead, leads, and waits again when it has lost its connection."""

from __future__ import annotations

import threading
import time
from datetime import timedelta

import psycopg
import structlog
from django.conf import settings
from django.db import Error, close_old_connections
from django.utils import timezone

from workers.models import WorkerNode
from workers.services.leadership import Leadership
from workers.services.reconciling import reconcile

log = structlog.get_logger(__name__)

TURN_SECONDS = 1.0
LEAST_SECONDS = 0.1
"""Between two turns, however many ask for one."""
THOROUGH_SECONDS = 3.0
"""Whoever changes a camera, zone or rule asks for a turn; one that was changed behind our back is found by then."""


class Orchestrator:
    """``run`` returns after ``stop``, which may be called from a signal handler."""

    def __init__(self) -> None:
        self._stopping = threading.Event()
        self.turns = 0

    def stop(self) -> None:
        self._stopping.set()

    def run(self) -> None:
        while not self._stopping.is_set():
            try:
                with Leadership() as leadership:
                    self._lead(leadership)
            except psycopg.OperationalError as error:
                log.warning("orchestrator.connection_lost", error=str(error).strip())
                self._stopping.wait(TURN_SECONDS)

    def _lead(self, leadership: Leadership) -> None:
        while not self._stopping.is_set() and not leadership.take():
            self._stopping.wait(TURN_SECONDS)
        log.info("orchestrator.leads")
        patience = Patience()
        thorough_at, is_asked = 0.0, True
        while not self._stopping.is_set():
            leadership.require()
            thoroughly = is_asked or time.monotonic() - thorough_at >= THOROUGH_SECONDS
            if thoroughly:
                thorough_at = time.monotonic()
            self._turn(patience, thoroughly=thoroughly)
            self._stopping.wait(LEAST_SECONDS)
            is_asked = leadership.wait(TURN_SECONDS - LEAST_SECONDS)

    def _turn(self, patience: Patience, *, thoroughly: bool) -> None:
        started_at = time.monotonic()
        try:
            close_old_connections()
            changed = reconcile(may_blame=patience.is_over(started_at), thoroughly=thoroughly)
        except Error as error:  # the next turn finds the same difference again
            log.warning("orchestrator.turn_failed", error=str(error).strip())
        else:
            self.turns += 1
            patience.turned(time.monotonic(), heard=nodes_heard_lately())
            if changed:
                log.info("orchestrator.turned", changed=changed, seconds=round(time.monotonic() - started_at, 3))


class Patience:
    """Silence says something about a node only if we would have heard it: for one lease's time without a gap.

    A gap is when we made no turn, and also when no node at all was heard: then it is the way to us that failed, and
    nodes go on watching meanwhile. Were the first of them to come back given the others' cameras, both would watch.
    """

    def __init__(self) -> None:
        self._lease_seconds = float(settings.STREAM_LEASE_SECONDS)
        self._since = self._turned_at = time.monotonic()

    def is_over(self, now: float) -> bool:
        if now - self._turned_at > self._lease_seconds / 2:
            self._since = now
        return now - self._since >= self._lease_seconds

    def turned(self, now: float, *, heard: bool) -> None:
        self._turned_at = now
        if not heard:
            self._since = now


def nodes_heard_lately() -> bool:
    """Whether any node gave a sign of life within half a lease, in which each of them gives two."""
    limit = timezone.now() - timedelta(seconds=settings.STREAM_LEASE_SECONDS / 2)
    return WorkerNode.objects.filter(seen_at__gte=limit).exists()
