"""Background work of jobs and GPU hosts: the sweeps behind every lost message and killed process."""

from __future__ import annotations

import dramatiq

from events.services import events_close_abandoned
from events.services.sweeping import orphans_remove
from events.services.track_log_sweep import track_log_orphans_remove, track_logs_expire
from vms.periodic import every
from workers.services.leases import leases_expire
from workers.services.sweeping import jobs_wake, recordings_remove_analysed

LEASE_SECONDS, FILE_SECONDS = 5, 3600
HOUR_MS = 3_600_000


@every(seconds=LEASE_SECONDS)
@dramatiq.actor(queue_name="sweeps", time_limit=30_000, max_retries=0, max_age=LEASE_SECONDS * 1000)
def sweep_jobs() -> None:
    leases_expire()
    jobs_wake()
    events_close_abandoned()
    recordings_remove_analysed()


@every(seconds=FILE_SECONDS)
@dramatiq.actor(queue_name="sweeps", time_limit=HOUR_MS, max_retries=0, max_age=HOUR_MS)
def sweep_event_files() -> None:
    orphans_remove()


@every(seconds=FILE_SECONDS)
@dramatiq.actor(queue_name="sweeps", time_limit=HOUR_MS, max_retries=0, max_age=HOUR_MS)
def sweep_track_logs() -> None:
    track_logs_expire()
    track_log_orphans_remove()
