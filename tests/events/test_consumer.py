"""The live socket, over a real Valkey."""

from __future__ import annotations

import json
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.conf import settings
from django.test import Client
from django.utils import timezone
from guardian.shortcuts import assign_perm, remove_perm

from alerts.choices import Channel, DeliveryState
from alerts.live import alerts_updated
from alerts.models import Alert, Delivery
from cameras.models import Camera
from cameras.services.access import access_change
from events import live, live_feed, live_memory
from events.live import LiveMessage, camera_group, push, user_group
from tests.events.live_page import LivePage
from tests.pages.rows import alert_make, camera_make, event_make, user_make
from vms.accounts.choices import Role
from vms.accounts.models import RoleSetting, User

pytestmark = pytest.mark.django_db(transaction=True)
ORIGIN = "http://localhost"


@pytest.fixture(autouse=True)
def _channel_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    """Valkey's channels belong to no database: other test processes tell there of cameras with the same numbers.

    Nothing is looked for in PostgreSQL besides, however long a test takes.
    """
    name = f"{live.CHANNEL}-{uuid.uuid4()}"
    for module in (live, live_feed):
        monkeypatch.setattr(module, "CHANNEL", name)
    monkeypatch.setattr(live_feed, "LOOK_SECONDS", 3_600)


def cookie_of(user: User | None) -> str:
    client = Client()
    if user is None:
        return ""
    client.force_login(user)
    return f"{settings.SESSION_COOKIE_NAME}={client.cookies[settings.SESSION_COOKIE_NAME].value}"


@asynccontextmanager
async def page_of(user: User | None, *, origin: str = ORIGIN) -> AsyncIterator[LivePage]:
    page = LivePage(cookie=await sync_to_async(cookie_of)(user), origin=origin)
    try:
        yield page
    finally:
        await page.leave()


async def tell(group: str, kind: str, identity: str, camera_id: int | None) -> None:
    message: Any = LiveMessage(kind=kind, id=identity, camera_id=camera_id, data={})  # type: ignore[typeddict-item]
    await sync_to_async(push)(group, message)


def told(alert: Alert, *people: User) -> str:
    """In the app, as a policy does."""
    for person in people:
        Delivery.objects.create(alert=alert, recipient=person, channel=Channel.IN_APP, state=DeliveryState.SENT)
    return str(alert.id)


async def next_kind_and_id(page: LivePage) -> tuple[str, str]:
    message = await page.next_message()
    return message["kind"], message.get("id", "")


@sync_to_async
def guard_with_camera() -> tuple[User, Camera, Camera]:
    mine, other = camera_make("Gate"), camera_make("Vault")
    return user_make("guard", mine), mine, other


async def test_messages_of_the_users_cameras_arrive_and_those_of_others_do_not() -> None:
    guard, mine, other = await guard_with_camera()
    async with page_of(guard) as page:
        await page.ready()
        await tell(camera_group(other.id), "event.started", "hidden", other.id)
        await tell(camera_group(mine.id), "event.started", "seen", mine.id)
        assert await next_kind_and_id(page) == ("event.started", "seen")


async def test_an_anonymous_visitor_is_turned_away_with_a_code_that_the_page_knows() -> None:
    async with page_of(None) as page:
        await page.connect()
        answer = await page.next_output()
        assert (answer["type"], answer["code"]) == ("websocket.close", 4401)


async def test_a_page_of_another_origin_cannot_connect() -> None:
    guard, _, _ = await guard_with_camera()
    async with page_of(guard, origin="https://evil.example") as page:
        assert not await page.connect()


async def test_access_taken_away_ends_the_cameras_messages_at_once() -> None:
    guard, mine, _ = await guard_with_camera()
    async with page_of(guard) as page:
        await page.ready()
        await sync_to_async(remove_perm)("view_camera", guard, mine)
        await tell(user_group(guard.id), "access.changed", "", None)
        await tell(camera_group(mine.id), "event.started", "hidden", mine.id)
        await tell(user_group(guard.id), "report.progress", "mine", None)
        assert await next_kind_and_id(page) == ("report.progress", "mine")


async def test_access_given_brings_the_new_cameras_messages() -> None:
    guard, _, other = await guard_with_camera()
    async with page_of(guard) as page:
        await page.ready()
        await sync_to_async(assign_perm)("view_camera", guard, other)
        await tell(user_group(guard.id), "access.changed", "", None)
        await tell(user_group(guard.id), "report.progress", "after", None)
        assert await next_kind_and_id(page) == ("report.progress", "after")
        await tell(camera_group(other.id), "event.started", "seen", other.id)
        assert await next_kind_and_id(page) == ("event.started", "seen")


async def test_the_services_that_change_access_reach_the_persons_open_pages() -> None:
    guard, mine, other = await guard_with_camera()
    admin = await sync_to_async(User.objects.create_user)("ada", role=Role.ADMIN)
    async with page_of(guard) as page:
        await page.ready()
        new, gone = ([(guard.id, camera.id, "view_camera")] for camera in (other, mine))
        await sync_to_async(access_change)(user=admin, added=new, removed=gone)
        await tell(user_group(guard.id), "report.progress", "after", None)
        assert await next_kind_and_id(page) == ("report.progress", "after")
        await tell(camera_group(mine.id), "event.started", "hidden", mine.id)
        await tell(camera_group(other.id), "event.started", "seen", other.id)
        assert await next_kind_and_id(page) == ("event.started", "seen")


async def test_a_user_who_was_switched_off_is_disconnected() -> None:
    guard, _, _ = await guard_with_camera()
    async with page_of(guard) as page:
        await page.ready()
        await User.objects.filter(id=guard.id).aupdate(is_active=False)
        await tell(user_group(guard.id), "access.changed", "", None)
        answer = await page.next_output()
        assert (answer["type"], answer["code"]) == ("websocket.close", 4401)


async def test_resuming_brings_the_events_and_alerts_that_came_meanwhile_oldest_first() -> None:
    guard, mine, other = await guard_with_camera()
    cursor = timezone.now().isoformat()

    @sync_to_async
    def happen() -> tuple[str, str, str]:
        first, second = event_make(mine), event_make(mine)
        event_make(other)
        return str(first.id), str(second.id), told(alert_make(second), guard)

    first, second, alert = await happen()
    async with page_of(guard) as page:
        await page.ready()
        await page.send(json.dumps({"resume": cursor}))
        assert [await next_kind_and_id(page) for _ in range(4)] == [
            ("event.started", first),
            ("event.started", second),
            ("alert.raised", alert),
            ("caught_up", ""),
        ]


async def test_a_page_that_comes_back_within_a_minute_costs_no_query_for_what_it_missed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    guard, mine, other = await guard_with_camera()
    async with page_of(guard) as first, page_of(guard) as second:
        await first.ready()
        monkeypatch.setattr(live_feed, "missed_by", None)
        cursor = timezone.now() + live_memory.OVERLAP
        for camera, name in ((mine, "seen"), (other, "hidden")):
            await tell(camera_group(camera.id), "event.started", name, camera.id)
        assert await next_kind_and_id(first) == ("event.started", "seen")
        await second.ready()
        await second.send(json.dumps({"resume": cursor.isoformat()}))
        assert await next_kind_and_id(second) == ("event.started", "seen")
        assert await next_kind_and_id(second) == ("caught_up", "")


async def test_news_of_alerts_bring_each_page_the_number_of_its_users(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live_feed, "COUNT_SECONDS", 0.0)
    guard, mine, other = await guard_with_camera()
    visitor = await sync_to_async(user_make)("visitor", other)

    @sync_to_async
    def happen() -> None:
        alerts = [alert_make(event_make(camera)) for camera in (mine, mine, other)]
        alerts_updated(alerts)

    async def until_number(page: LivePage, number: int) -> None:
        while True:
            message = await page.next_message()
            if message["kind"] == "inbox.count" and message["data"]["number"] == number:
                return

    async with page_of(guard) as one, page_of(visitor) as another:
        await one.ready()
        await another.ready()
        await happen()
        await until_number(one, 2)
        await until_number(another, 1)


async def test_an_alert_of_which_a_person_was_not_told_makes_no_noise_on_their_page() -> None:
    guard, mine, _ = await guard_with_camera()
    cursor = timezone.now().isoformat()
    alert = await sync_to_async(alert_make)(await sync_to_async(event_make)(mine))
    async with page_of(guard) as page:
        await page.ready()
        await page.send(json.dumps({"resume": cursor}))
        kinds = [await next_kind_and_id(page) for _ in range(3)]
        assert ("alert.updated", str(alert.id)) in kinds
        assert ("alert.raised", str(alert.id)) not in kinds


async def test_rows_whose_push_was_lost_come_all_the_same_and_only_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live_feed, "CHECK_SECONDS", 0.05)
    monkeypatch.setattr(live_feed, "LOOK_SECONDS", 0.05)
    guard, mine, _ = await guard_with_camera()
    pushed = str(uuid.uuid4())

    @sync_to_async
    def happen() -> str:
        event_make(mine, id=pushed)
        return told(alert_make(event_make(mine)), guard)

    async with page_of(guard) as page:
        await page.ready()
        await tell(camera_group(mine.id), "event.started", pushed, mine.id)
        kinds: list[tuple[str, str]] = []
        while ("event.started", pushed) not in kinds:
            kinds.append(await next_kind_and_id(page))
        alert = await happen()
        while ("alert.raised", alert) not in kinds:
            kinds.append(await next_kind_and_id(page))
        looks = kinds.count(("caught_up", ""))
        while kinds.count(("caught_up", "")) < looks + 3:
            kinds.append(await next_kind_and_id(page))
        assert kinds.count(("event.started", pushed)) == 1
        assert kinds.count(("alert.raised", alert)) == 1


async def test_a_user_who_was_switched_off_without_a_word_is_disconnected_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live_feed, "CHECK_SECONDS", 0.05)
    guard, _, _ = await guard_with_camera()
    async with page_of(guard) as page:
        await page.ready()
        await User.objects.filter(id=guard.id).aupdate(is_active=False)
        answer = await page.next_output()
        assert (answer["type"], answer["code"]) == ("websocket.close", 4401)


async def test_a_new_password_ends_the_pages_that_the_old_one_opened() -> None:
    guard, _, _ = await guard_with_camera()
    async with page_of(guard) as page:
        await page.ready()
        guard.set_password("something else entirely")
        await guard.asave()
        await tell(user_group(guard.id), "access.changed", "", None)
        answer = await page.next_output()
        assert (answer["type"], answer["code"]) == ("websocket.close", 4401)


async def test_a_session_without_the_second_factor_that_its_role_needs_is_turned_away() -> None:
    guard, _, _ = await guard_with_camera()
    await RoleSetting.objects.aupdate_or_create(role=guard.role, defaults={"second_factor": True})
    async with page_of(guard) as page:
        await page.connect()
        answer = await page.next_output()
        assert (answer["type"], answer["code"]) == ("websocket.close", 4401)


async def test_resuming_reaches_back_a_little_before_the_cursor() -> None:
    """A row becomes visible at its commit, which is later than its time says."""
    guard, mine, _ = await guard_with_camera()
    event = await sync_to_async(event_make)(mine)
    async with page_of(guard) as page:
        await page.ready()
        a_little_later = event.received_at + live_memory.OVERLAP / 2
        await page.send(json.dumps({"resume": a_little_later.isoformat()}))
        assert await next_kind_and_id(page) == ("event.started", str(event.id))


@pytest.mark.parametrize(
    "text",
    [
        *("", "no json", "[]", "[" * 1_000, '{"resume": 5}', '{"resume": "yesterday"}'),
        *('{"resume": "0001-01-01T00:00:00Z"}', '{"resume": "0001-01-01T00:00:00+14:00"}'),
    ],
)
async def test_nonsense_from_a_page_is_ignored(text: str) -> None:
    guard, mine, _ = await guard_with_camera()
    async with page_of(guard) as page:
        await page.ready()
        await page.send(text)
        await tell(camera_group(mine.id), "event.started", "seen", mine.id)
        assert await next_kind_and_id(page) == ("event.started", "seen")
