"""Real sockets against the real web server: who does not read, and who may not see any more."""

from __future__ import annotations

import select
import time
from collections.abc import Callable, Iterator

import pytest
from django.test import Client
from guardian.shortcuts import remove_perm

from bench.crowd import Crowd
from cameras.models import Camera
from cameras.services.access import access_change
from events.live import LiveMessage, camera_group, push, push_all, user_group
from tests.e2e.web_process import web_process
from tests.faults.running import test_database_url as database_url
from tests.faults.running import wait_until
from tests.pages.rows import alert_make, camera_make, event_make, user_make
from vms.accounts.choices import Role
from vms.accounts.models import User

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]
ALERTS = 3_000
"""More than what stands in the buffers between a server and a client that does not read."""
SECONDS = 60


@pytest.fixture
def camera() -> Camera:
    return camera_make("Gate")


@pytest.fixture
def guard(camera: Camera) -> User:
    return user_make("guard", camera)


@pytest.fixture
def url(transactional_db: None) -> Iterator[str]:
    with web_process({"DATABASE_URL": database_url(), "DJANGO_SETTINGS_MODULE": "vms.settings.test"}) as url:
        yield url


@pytest.fixture
def crowd(url: str, guard: User) -> Iterator[Crowd]:
    client = Client()
    client.force_login(guard)
    with Crowd(url, f"sessionid={client.cookies['sessionid'].value}") as crowd:
        yield crowd


def message(kind: str, identity: str, camera_id: int | None) -> LiveMessage:
    return {"kind": kind, "id": identity, "camera_id": camera_id, "data": {"message": "x" * 300}}  # type: ignore[typeddict-item]


def is_cut(handle: int) -> bool:
    poll = select.poll()
    poll.register(handle, 0)
    return bool(poll.poll(0))


def test_who_does_not_read_is_cut_off_and_nobody_else_misses_anything(
    crowd: Crowd, guard: User, camera: Camera
) -> None:
    readers = crowd.enter(3)
    (stuck,) = crowd.enter_without_reading(1)
    wait_until(lambda: all(reader.cursor for reader in readers), SECONDS, "the pages are let in")
    sent = [message("alert.raised", f"alert {number}", camera.id) for number in range(ALERTS)]
    push_all([(user_group(guard.id), each) for each in sent])
    wait_until(lambda: is_cut(stuck.fileno()), SECONDS, "the connection is reset")
    wanted = {each["id"] for each in sent}
    wait_until(lambda: all(reader.alerts >= wanted for reader in readers), SECONDS, "the others have all of it")


def test_who_was_cut_off_gets_by_its_cursor_what_it_missed(crowd: Crowd, camera: Camera) -> None:
    (first,) = crowd.enter(1)
    wait_until(lambda: bool(first.cursor), SECONDS, "the page is let in")
    missed = alert_make(event_make(camera))
    (second,) = crowd.enter(1)
    crowd.resume(second, first.cursor)
    wait_until(lambda: str(missed.id) in second.listed, SECONDS, "the alert comes")


@pytest.mark.parametrize("by", ["the service", "the rows alone"])
def test_a_grant_taken_back_ends_the_cameras_messages_on_a_page_that_is_open(
    by: str, crowd: Crowd, guard: User, camera: Camera
) -> None:
    admin = User.objects.create_user("ada", role=Role.ADMIN)
    take_back: dict[str, Callable[[], object]] = {
        "the service": lambda: access_change(user=admin, added=(), removed=[(guard.id, camera.id, "view_camera")]),
        "the rows alone": lambda: remove_perm("view_camera", guard, camera),
    }
    (page,) = crowd.enter(1)
    wait_until(lambda: bool(page.cursor), SECONDS, "the page is let in")
    take_back[by]()

    def is_silent() -> bool:
        """A message of the camera does not come, though one that was sent after it does."""
        mark = str(time.monotonic())
        push(camera_group(camera.id), message("alert.updated", f"hidden {mark}", camera.id))
        push(user_group(guard.id), message("alert.updated", mark, None))
        wait_until(lambda: mark in page.listed, SECONDS, "the person's own message comes")
        return f"hidden {mark}" not in page.listed

    wait_until(is_silent, SECONDS, "the camera's messages end")
