"""What may be asked for."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.utils import timezone
from pytest_django import DjangoCaptureOnCommitCallbacks

from reports.choices import RunState
from reports.models import Run
from reports.services import MAX_WAITING, report_delete, report_retry
from tests.alerts.scenes import grant, make_camera, make_user
from tests.reports.requests import END, START, ask, built
from vms.accounts.choices import Role
from vms.accounts.models import User
from vms.audit.models import AuditEntry
from vms.errors import ConflictError, InvalidError, NotFoundError

pytestmark = pytest.mark.django_db


@pytest.fixture
def user() -> User:
    user = make_user()
    grant(user, make_camera())
    return user


def test_a_report_waits_to_be_built_in_the_sites_zone_and_leaves_a_trace(user: User) -> None:
    run = ask(user, formats=["pdf", "csv", "pdf"], title="  July \n week ")
    assert (run.state, run.formats, run.title) == (RunState.QUEUED, ["pdf", "csv"], "July week")
    assert run.time_zone == "Europe/Berlin"
    assert run.next_attempt_at is not None
    assert AuditEntry.objects.get(action="report.requested").actor == user


@pytest.mark.parametrize(
    ("wish", "field", "sentence"),
    [
        ({"title": "  "}, "title", "Give the report a title."),
        ({"title": "x" * 121}, "title", "longer than 120"),
        ({"title": "a\x00b"}, "title", "control characters"),
        ({"formats": []}, "formats", "at least one format"),
        ({"formats": ["docx"]}, "formats", "pdf, xlsx, csv"),
        ({"period_end": START}, "period_end", "must end after it starts"),
        ({"period_start": END - timedelta(days=368)}, "period_end", "longer than 366 days"),
        ({"period_start": datetime(2026, 7, 1), "period_end": datetime(2026, 7, 2)}, "period_end", "offset"),  # noqa: DTZ001
    ],
)
def test_what_cannot_be_used_is_refused_with_a_sentence_at_its_field(
    user: User, wish: dict[str, object], field: str, sentence: str
) -> None:
    with pytest.raises(InvalidError) as caught:
        ask(user, **wish)  # type: ignore[arg-type]
    assert sentence in caught.value.fields[field][0]
    assert not Run.objects.exists()


def test_a_period_that_has_not_begun_is_refused(user: User) -> None:
    start = timezone.now() + timedelta(days=1)
    with pytest.raises(InvalidError, match="future"):
        ask(user, period_start=start, period_end=start + timedelta(days=1))


def test_a_year_whose_clocks_change_counts_as_366_days(user: User) -> None:
    assert ask(user, period_start=END - timedelta(days=366, hours=1))


def test_another_persons_camera_or_site_does_not_exist(user: User) -> None:
    hidden = make_camera("Hidden", site="Elsewhere")
    with pytest.raises(InvalidError, match="does not exist"):
        ask(user, cameras=[hidden])
    with pytest.raises(InvalidError, match="no such site"):
        ask(user, site=hidden.site)


def test_who_sees_no_camera_is_told_whom_to_ask() -> None:
    with pytest.raises(InvalidError, match="Ask an administrator"):
        ask(make_user("nobody"))


def test_mail_needs_an_address(user: User) -> None:
    user.email = ""
    with pytest.raises(InvalidError, match="no e-mail address"):
        ask(user, mail=True)


def test_only_so_many_reports_wait_for_one_person(user: User) -> None:
    for _ in range(MAX_WAITING):
        ask(user)
    with pytest.raises(ConflictError, match="waiting already"):
        ask(user)


def test_with_cameras_in_several_zones_the_users_own_zone_counts() -> None:
    user = make_user(role=Role.ADMIN)
    make_camera()
    far = make_camera("Far", site="Pier", time_zone="America/New_York")
    user.time_zone = "Asia/Tokyo"
    assert ask(user).time_zone == "Asia/Tokyo"
    assert ask(user, cameras=[far]).time_zone == "America/New_York"
    assert ask(user, site=far.site).time_zone == "America/New_York"


def test_a_queue_that_is_down_loses_no_report(
    user: User, monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    def refused(*args: object) -> None:
        raise ConnectionError

    monkeypatch.setattr("reports.services.build_report.send", refused)
    with django_capture_on_commit_callbacks() as callbacks:
        run = ask(user)
    assert len(callbacks) == 1
    assert built(run).state == RunState.DONE


def test_only_a_failed_report_is_built_again(user: User) -> None:
    run = ask(user)
    with pytest.raises(ConflictError):
        report_retry(user=user, run_id=run.id)
    Run.objects.update(state=RunState.FAILED, attempts=4, next_attempt_at=None)
    assert built(report_retry(user=user, run_id=run.id)).state == RunState.DONE


def test_deleting_takes_the_files_along_and_is_for_the_owner(
    user: User, media: object, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    run = built(ask(user))
    with pytest.raises(NotFoundError):
        report_delete(user=make_user("other"), run_id=run.id)
    with django_capture_on_commit_callbacks(execute=True):
        report_delete(user=user, run_id=run.id)
    assert not Run.objects.exists()
    assert not list(media.glob("reports/**/*"))  # type: ignore[attr-defined]
