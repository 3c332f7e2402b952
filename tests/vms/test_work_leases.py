"""One worker at a time, and none for ever."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from events.exports.selectors import exports_due
from events.models import Export
from tests.pages.rows import user_make
from vms.work_leases import BEAT_SECONDS, MAX_ATTEMPTS, WorkLease, WorkLostError, work_claim, work_stuck

pytestmark = pytest.mark.django_db


@pytest.fixture
def work() -> Export:
    return Export.objects.create(requested_by=user_make("guard"), event_ids=[], next_attempt_at=timezone.now())


def claimed(work: Export) -> WorkLease:
    lease = work_claim(exports_due(), work.id)
    assert lease is not None
    return lease


def time_is_over(work: Export) -> None:
    Export.objects.filter(id=work.id).update(next_attempt_at=timezone.now() - timedelta(seconds=1))


def test_one_worker_has_it_and_another_one_when_its_time_is_over(work: Export) -> None:
    claimed(work)
    assert work_claim(exports_due(), work.id) is None
    time_is_over(work)
    assert claimed(work).attempt == 2


def test_who_lost_it_changes_nothing(work: Export) -> None:
    first = claimed(work)
    time_is_over(work)
    claimed(work)
    with pytest.raises(WorkLostError):
        first.renew()
    with pytest.raises(WorkLostError):
        first.update(error="late")
    first.set_back("late")
    work.refresh_from_db()
    assert (work.state, work.error) == ("running", "")


def test_it_is_renewed_now_and_then_and_not_at_each_beat(work: Export) -> None:
    lease = claimed(work)
    assert not lease.beat(progress_percent=10)
    lease._renewed_at -= BEAT_SECONDS
    assert lease.beat(progress_percent=20)
    work.refresh_from_db()
    assert work.progress_percent == 20


def test_what_failed_is_left_for_later_and_the_last_time_for_good(work: Export) -> None:
    for _ in range(MAX_ATTEMPTS - 1):
        time_is_over(work)
        claimed(work).set_back("no luck")
        work.refresh_from_db()
        assert work.state == "queued" and work.next_attempt_at and work.next_attempt_at > timezone.now()
    time_is_over(work)
    claimed(work).set_back("no luck")
    work.refresh_from_db()
    assert (work.state, work.error, work.next_attempt_at) == ("failed", "no luck", None)


def test_what_was_claimed_too_often_is_stuck(work: Export) -> None:
    Export.objects.update(state="running", attempts=MAX_ATTEMPTS)
    assert work_claim(exports_due(), work.id) is None
    assert work_stuck(exports_due()).get() == work
