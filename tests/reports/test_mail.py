"""Mailing a finished report."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from cameras.models import CameraUserPermission
from reports import mail
from reports.mail import MAX_MAIL_ATTEMPTS, mails_give_up, report_mail
from reports.models import Run
from reports.selectors import runs_due
from tests.alerts.scenes import grant, make_camera, make_event, make_user
from tests.alerts.smtp_sink import Sink
from tests.reports.requests import ask, built
from vms.accounts.models import User

pytestmark = pytest.mark.django_db


@pytest.fixture
def user() -> User:
    camera, user = make_camera(), make_user()
    grant(user, camera)
    make_event(camera)
    return user


@pytest.fixture
def run(user: User) -> Run:
    return built(ask(user, mail=True, formats=["csv", "xlsx"], title="July <week>"))


def make_due(run: Run) -> None:
    Run.objects.filter(id=run.id).update(next_attempt_at=timezone.now() - timedelta(seconds=1))


def test_the_files_are_mailed_once_to_who_asked(run: Run, sink: Sink) -> None:
    report_mail(run_id=run.id)
    report_mail(run_id=run.id)
    (message,) = sink.messages
    assert sink.recipients == [["olga@example.org"]]
    assert message["Message-ID"] == f"<{run.id}@127.0.0.1>"
    names = [part.get_filename() for part in message.iter_attachments()]
    assert names == ["july-week-2026-07-13.csv", "july-week-2026-07-13.xlsx"]
    run.refresh_from_db()
    assert run.mailed_at is not None
    assert not runs_due().exists()


def test_a_mail_whose_workers_never_come_back_is_left_alone_and_says_why(run: Run) -> None:
    Run.objects.update(mail_attempts=MAX_MAIL_ATTEMPTS)
    make_due(run)
    assert mails_give_up() == 1
    run.refresh_from_db()
    assert run.mail_error
    assert not runs_due().exists()


def test_a_mail_that_may_be_tried_again_is_not_given_up(run: Run) -> None:
    Run.objects.update(mail_attempts=MAX_MAIL_ATTEMPTS - 1)
    make_due(run)
    assert mails_give_up() == 0


def test_names_are_words_in_the_mail(run: Run, sink: Sink) -> None:
    report_mail(run_id=run.id)
    html = sink.messages[0].get_body(("html",))
    assert html is not None
    assert "July &lt;week&gt;" in html.get_content()


def test_nothing_is_mailed_unasked(user: User, sink: Sink) -> None:
    run = built(ask(user))
    report_mail(run_id=run.id)
    assert sink.messages == []


def test_files_too_large_for_a_mail_are_linked(run: Run, sink: Sink, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mail, "ATTACHED_MAX_BYTES", 100)
    report_mail(run_id=run.id)
    (message,) = sink.messages
    assert list(message.iter_attachments()) == []
    text = message.get_body(("plain",))
    assert text is not None
    assert "http://127.0.0.1:8000/reports/" in text.get_content()


def test_a_mail_server_that_is_busy_is_asked_again_later(run: Run, sink: Sink) -> None:
    sink.answers = ["451 Come back later"]
    report_mail(run_id=run.id)
    report_mail(run_id=run.id)
    assert sink.messages == []
    make_due(run)
    report_mail(run_id=run.id)
    run.refresh_from_db()
    assert (len(sink.messages), run.mail_error, run.mail_attempts) == (1, "", 2)


def test_a_permanent_refusal_is_kept_and_not_tried_again(run: Run, sink: Sink) -> None:
    sink.answers = ["550 No such mailbox"]
    report_mail(run_id=run.id)
    run.refresh_from_db()
    assert (run.mailed_at, run.next_attempt_at) == (None, None)
    assert "550" in run.mail_error


@pytest.mark.parametrize("loss", ["camera", "account"])
def test_who_lost_the_camera_or_the_account_gets_no_mail(run: Run, user: User, sink: Sink, loss: str) -> None:
    if loss == "camera":
        CameraUserPermission.objects.all().delete()
    else:
        User.objects.update(is_active=False)
    report_mail(run_id=run.id)
    run.refresh_from_db()
    assert sink.messages == []
    assert run.mail_error
    assert run.next_attempt_at is None


def test_the_page_says_that_a_report_was_not_mailed_and_why(run: Run, client: Client) -> None:
    Run.objects.update(mail_error="550 no such box")
    client.force_login(run.requested_by)
    assert "It could not be mailed: 550 no such box" in client.get("/reports/").content.decode()
