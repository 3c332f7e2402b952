"""Dead letters: what is kept of them, sending again, discarding, and who may."""

from __future__ import annotations

import json
import uuid
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from django.db import connections
from django.utils import timezone

from cameras.selectors import CameraPermission
from cameras.services.recordings import recording_path
from events.models import Event
from tests.cameras.world import grant, make_camera, make_job, make_user
from tests.workers.leased import claim, end_of, make_node, make_queued_job, start_of
from vms.accounts.choices import Role
from vms.accounts.models import User
from vms.audit.models import AuditEntry
from vms.errors import ConflictError, ForbiddenError, InvalidError, NotFoundError
from workers.api.internal.batches import events_take_in
from workers.choices import DeadLetterState, StreamWorkState
from workers.models import DeadLetter, Job, Stream
from workers.services.dead_letters import dead_letter_keep, without_addresses
from workers.services.jobs import job_fail, job_refuse, job_retry, job_validation_claim
from workers.services.replays import REPLAYS, dead_letter_discard, dead_letter_replay
from workers.services.streams import stream_stop_note

pytestmark = pytest.mark.django_db


def admin() -> User:
    return make_user(f"ada{uuid.uuid4().hex[:6]}", role=Role.ADMIN)


def body(*messages: object) -> bytes:
    return json.dumps({"events": [message.model_dump(mode="json") for message in messages]}).encode()  # type: ignore[attr-defined]


def refused_end() -> tuple[DeadLetter, Job]:
    """The end of an event whose start has not come yet."""
    node, job = make_node(), make_queued_job()
    start = start_of(claim(node, job))
    events_take_in(node, body(end_of(start, 9_000)))
    return DeadLetter.objects.get(), job


def quarantined() -> tuple[DeadLetter, Stream]:
    stream = Stream.objects.create(
        camera=make_camera("Gate"),
        started_at=timezone.now(),
        state=StreamWorkState.QUARANTINED,
        stops=3,
        error="It broke.",
    )
    letter = dead_letter_keep(
        node=None, kind="stream", reason="It broke.", payload={}, subject=str(stream.id), camera_id=stream.camera_id
    )
    assert letter is not None
    return letter, stream


def failed_job() -> tuple[DeadLetter, Job]:
    job = make_queued_job()
    job_fail(job_id=job.id, reason="The analysis stopped 3 times.")
    return DeadLetter.objects.get(kind="job"), job


def test_a_refused_event_says_what_it_is_about_and_which_camera_it_is_of() -> None:
    letter, job = refused_end()
    assert letter.kind == "event.end"
    assert letter.subject == letter.payload["event_id"]
    assert letter.camera_id == job.recording.camera_id


def test_a_failed_job_is_kept() -> None:
    letter, job = failed_job()
    assert (letter.subject, letter.camera_id) == (str(job.id), job.recording.camera_id)
    assert letter.reason == "The analysis stopped 3 times."


def test_a_recording_that_could_not_be_checked_is_kept_and_one_that_was_refused_is_not() -> None:
    camera, user = make_camera("Gate"), admin()
    broken, refused = make_job(user, camera), make_job(user, camera)
    Job.objects.filter(id=broken.id).update(validation_attempts=3)
    assert job_validation_claim(job_id=broken.id) is None
    job_refuse(job_id=refused.id, reason="It is no video.")
    assert DeadLetter.objects.get().subject == str(broken.id)


def test_no_address_is_kept() -> None:
    login = "rtsp://ada:secret@10.0.0.5:554/main?x=1"
    letter = dead_letter_keep(
        node=None,
        kind="stream",
        reason=f"{login} was refused.",
        payload={"deep": [{"url": login}], "HTTP": f"<{login}>"},
    )
    assert letter is not None
    letter.refresh_from_db()
    assert letter.reason == "(an address) was refused."
    assert letter.payload == {"deep": [{"url": "(an address)"}], "HTTP": "<(an address)>"}


def test_an_event_is_taken_in_when_it_is_sent_again_after_its_lease() -> None:
    node, job = make_node(), make_queued_job()
    start = start_of(claim(node, job))
    events_take_in(node, body(end_of(start, 9_000)))
    events_take_in(node, body(start))
    job.chunks.update(epoch=9)
    letter = dead_letter_replay(user=admin(), letter_id=DeadLetter.objects.get().id)
    assert (letter.state, letter.outcome) == ("replayed", "It was taken in.")
    assert Event.objects.get().state == "ended"


def test_one_that_fails_again_stays_kept_and_says_why() -> None:
    letter, _ = refused_end()
    user = admin()
    again = dead_letter_replay(user=user, letter_id=letter.id)
    again.refresh_from_db()
    assert (again.state, again.settled_at) == (DeadLetterState.KEPT, None)
    assert (again.outcome, again.tried_by) == ("There is no such event to end.", user)
    assert AuditEntry.objects.get(action="dead_letter.failed_again").actor == user


def test_an_event_that_is_no_event_stays_kept() -> None:
    letter = dead_letter_keep(node=None, kind="event.start", reason="?", payload={"text": "nonsense"})
    assert letter is not None
    assert dead_letter_replay(user=admin(), letter_id=letter.id).state == DeadLetterState.KEPT


def test_a_stream_that_is_set_aside_already_leaves_no_second_letter() -> None:
    _, stream = quarantined()
    assert stream_stop_note(stream=stream, node=make_node(), reason="It stopped another worker before.")
    assert DeadLetter.objects.count() == 1


def test_sending_a_quarantined_stream_again_ends_its_quarantine() -> None:
    letter, stream = quarantined()
    assert dead_letter_replay(user=admin(), letter_id=letter.id).outcome == "The camera is watched again."
    stream.refresh_from_db()
    assert (stream.state, stream.stops) == ("waiting", 0)


def test_sending_a_failed_job_again_retries_it() -> None:
    letter, job = failed_job()
    user = admin()
    letter = dead_letter_replay(user=user, letter_id=letter.id)
    job.refresh_from_db()
    assert (job.state, letter.state, letter.settled_by) == ("queued", "replayed", user)


def test_a_job_whose_recording_is_gone_stays_kept(media: Path) -> None:
    letter, job = failed_job()
    recording_path(job.recording_id).unlink()
    again = dead_letter_replay(user=admin(), letter_id=letter.id)
    assert again.state == DeadLetterState.KEPT
    assert "not there any more" in again.outcome


@pytest.mark.django_db(transaction=True)
def test_a_job_retried_on_its_page_settles_its_letter() -> None:
    letter, job = failed_job()
    user = admin()
    job_retry(user=user, job_id=job.id)
    letter.refresh_from_db()
    assert (letter.state, letter.settled_by) == ("replayed", user)


@pytest.mark.django_db(transaction=True)
def test_two_people_who_send_it_again_at_once_send_it_once() -> None:
    letter, _stream = quarantined()

    def attempt(user: User) -> str:
        try:
            return dead_letter_replay(user=user, letter_id=letter.id).state
        except ConflictError:
            return "too late"
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as pool:
        results = list(pool.map(attempt, [admin() for _ in range(4)]))
    assert sorted(results) == ["replayed", "too late", "too late", "too late"]
    assert AuditEntry.objects.filter(action="dead_letter.replayed").count() == 1


def test_discarding_needs_a_reason_and_is_recorded() -> None:
    letter, _ = quarantined()
    user = admin()
    with pytest.raises(InvalidError):
        dead_letter_discard(user=user, letter_id=letter.id, reason="  ")
    dead_letter_discard(user=user, letter_id=letter.id, reason="The camera is scrapped.")
    letter.refresh_from_db()
    assert (letter.state, letter.outcome, letter.settled_by) == ("discarded", "The camera is scrapped.", user)
    assert AuditEntry.objects.get(action="dead_letter.discarded").detail["outcome"] == "The camera is scrapped."


def test_what_is_discarded_cannot_be_sent_again() -> None:
    letter, stream = quarantined()
    user = admin()
    dead_letter_discard(user=user, letter_id=letter.id, reason="Scrapped.")
    with pytest.raises(ConflictError):
        dead_letter_replay(user=user, letter_id=letter.id)
    stream.refresh_from_db()
    assert stream.state == "quarantined"


def test_a_kind_that_nobody_can_send_again_says_so() -> None:
    letter = dead_letter_keep(node=None, kind="riddle", reason="?", payload={})
    assert letter is not None
    with pytest.raises(ConflictError, match="cannot be sent again"):
        dead_letter_replay(user=admin(), letter_id=letter.id)


def test_another_part_of_the_platform_can_add_a_kind(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(REPLAYS, "riddle", lambda letter, user: f"Solved by {user.role}.")
    letter = dead_letter_keep(node=None, kind="riddle", reason="?", payload={})
    assert letter is not None
    assert dead_letter_replay(user=admin(), letter_id=letter.id).outcome == "Solved by admin."


def test_a_supervisor_settles_those_of_their_cameras_only() -> None:
    letter, stream = quarantined()
    sam = make_user("sam", role=Role.SUPERVISOR)
    with pytest.raises(NotFoundError):
        dead_letter_replay(user=sam, letter_id=letter.id)
    grant(sam, stream.camera)
    assert dead_letter_replay(user=sam, letter_id=letter.id).state == DeadLetterState.REPLAYED


def test_a_supervisor_without_uploads_may_not_start_a_job_again() -> None:
    letter, job = failed_job()
    sam = make_user("sam", role=Role.SUPERVISOR)
    grant(sam, job.recording.camera, CameraPermission.VIEW)
    with pytest.raises(ForbiddenError):
        dead_letter_replay(user=sam, letter_id=letter.id)
    letter.refresh_from_db()
    assert letter.state == DeadLetterState.KEPT


def test_a_viewer_sees_none_even_of_their_cameras() -> None:
    letter, stream = quarantined()
    victor = make_user("victor")
    grant(victor, stream.camera)
    with pytest.raises(NotFoundError):
        dead_letter_discard(user=victor, letter_id=letter.id, reason="Mine.")


def test_settled_letters_do_not_count_against_what_a_node_may_leave(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("workers.services.dead_letters.MAX_LETTERS_OF_A_NODE", 1)
    node = make_node()
    first, second = (dead_letter_keep(node=node, kind="event.end", reason="?", payload={}) for _ in range(2))
    assert first is not None
    assert second is None
    dead_letter_discard(user=admin(), letter_id=first.id, reason="Seen.")
    assert dead_letter_keep(node=node, kind="event.end", reason="?", payload={}) is not None


def test_a_long_text_without_an_address_is_read_through_once() -> None:
    """From each of its letters to its end, it would take minutes."""
    text = "x" * 200_000
    assert without_addresses(text) == text
    assert without_addresses(f"{text}rtsp://guard:secret@10.0.0.5/main").endswith("(an address)")
