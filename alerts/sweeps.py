"""Background work of alerts whose time has come. Apart from ``actors``, which the services here send to."""

from __future__ import annotations

import dramatiq

from alerts.line import line_prove
from alerts.services.due import alerts_escalate, alerts_resolve_quiet, alerts_wake, leftovers_delete
from alerts.system_watch import platform_watch
from vms.periodic import every

SWEEP_SECONDS = 5
CLEAN_SECONDS = 3600
WATCH_SECONDS = 10


@every(seconds=SWEEP_SECONDS)
@dramatiq.actor(queue_name="sweeps", time_limit=60_000, max_retries=0, max_age=SWEEP_SECONDS * 1000)
def sweep_alerts() -> None:
    """Two at the same time are no harm: each change is compare-and-set."""
    alerts_escalate()
    alerts_wake()
    alerts_resolve_quiet()


@every(seconds=WATCH_SECONDS)
@dramatiq.actor(queue_name="sweeps", time_limit=60_000, max_retries=0, max_age=WATCH_SECONDS * 1000)
def watch_platform() -> None:
    platform_watch()


@every(seconds=WATCH_SECONDS)
@dramatiq.actor(queue_name="sweeps", time_limit=30_000, max_retries=0, max_age=WATCH_SECONDS * 1000)
def prove_line() -> None:
    line_prove()


@every(seconds=CLEAN_SECONDS)
@dramatiq.actor(queue_name="sweeps", time_limit=600_000, max_retries=0, max_age=CLEAN_SECONDS * 1000)
def clean_alerts() -> None:
    leftovers_delete()
