"""Background work of rules: back-tests, and taking up again what was left lying."""

from __future__ import annotations

import uuid

import dramatiq

from rules.backtests.running import backtest_run, backtests_sweep
from rules.backtests.selectors import backtests_due
from vms.periodic import every

SWEEP_SECONDS = 10
SWEEP_AT_MOST = 20


@dramatiq.actor(queue_name="backtests", time_limit=60 * 60_000, max_retries=0, max_age=600_000)
def run_backtest(backtest_id: str) -> None:
    backtest_run(backtest_id=uuid.UUID(backtest_id))


@every(seconds=SWEEP_SECONDS)
@dramatiq.actor(queue_name="sweeps", time_limit=30_000, max_retries=0, max_age=SWEEP_SECONDS * 1000)
def sweep_backtests() -> None:
    """A message sent twice is no harm: only one worker can claim the row."""
    backtests_sweep()
    for backtest_id in backtests_due().values_list("id", flat=True)[:SWEEP_AT_MOST]:
        run_backtest.send(str(backtest_id))
