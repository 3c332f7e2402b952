"""When actors that run again and again are sent."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

import dramatiq
import pytest
from dramatiq_crontab import scheduler

from vms.periodic import BEGAN_AT, every

LONGEST_LOOKED_AT = timedelta(minutes=2)


def moments(job: Any, until: datetime) -> list[datetime]:
    found, last = [], None
    while (moment := job.trigger.get_next_fire_time(last, last or job.trigger.start_date)) <= until:
        found.append(moment)
        last = moment
    return found


def test_no_two_periodic_actors_are_sent_at_the_same_moment() -> None:
    jobs = scheduler.get_jobs()
    assert len(jobs) > 10
    until = max(job.trigger.start_date for job in jobs if job.trigger.interval < LONGEST_LOOKED_AT) + LONGEST_LOOKED_AT
    every_moment = sorted(moment for job in jobs for moment in moments(job, until))
    assert min(later - one for one, later in pairwise(every_moment)) > timedelta(milliseconds=20)


def test_a_periodic_actor_is_sent_first_when_its_seconds_have_passed_at_the_latest(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    @dramatiq.actor(queue_name="sweeps", actor_name="periodic_of_a_test")
    def nothing() -> None:
        pass

    every(seconds=7)(nothing)
    *_, job = scheduler.get_jobs()
    job.remove()
    assert timedelta(0) < job.trigger.start_date - BEGAN_AT <= timedelta(seconds=7)
    assert job.trigger.interval == timedelta(seconds=7)
