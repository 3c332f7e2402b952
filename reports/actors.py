"""Background work of reports: building, mailing, and taking up again what was left lying."""

from __future__ import annotations

import uuid

import dramatiq

from reports.building import report_build, runs_give_up
from reports.choices import RunState
from reports.mail import mails_give_up, report_mail
from reports.models import Run
from reports.selectors import runs_due
from vms.periodic import every
from vms.storage.rowless import rowless_remove

SWEEP_SECONDS, FILES_SECONDS = 10, 3600
SWEEP_AT_MOST = 50


@dramatiq.actor(queue_name="reports", time_limit=20 * 60_000, max_retries=0, max_age=600_000)
def build_report(run_id: str) -> None:
    run = report_build(run_id=uuid.UUID(run_id))
    if run and run.state == RunState.DONE and run.mail:
        mail_report.send(run_id)


@dramatiq.actor(queue_name="deliveries", time_limit=90_000, max_retries=0, max_age=600_000)
def mail_report(run_id: str) -> None:
    report_mail(run_id=uuid.UUID(run_id))


@every(seconds=SWEEP_SECONDS)
@dramatiq.actor(queue_name="sweeps", time_limit=30_000, max_retries=0, max_age=SWEEP_SECONDS * 1000)
def sweep_reports() -> None:
    """A message sent twice is no harm: only one worker can claim the row."""
    runs_give_up()
    mails_give_up()
    for run_id, state in runs_due().values_list("id", "state")[:SWEEP_AT_MOST]:
        (mail_report if state == RunState.DONE else build_report).send(str(run_id))


@every(seconds=FILES_SECONDS)
@dramatiq.actor(queue_name="sweeps", time_limit=60_000, max_retries=0, max_age=FILES_SECONDS * 1000)
def sweep_report_files() -> None:
    rowless_remove("reports", Run.objects.all())
