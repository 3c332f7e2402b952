"""What pages that come back get without a query."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import partial

import pytest
from django.utils import timezone

from events.live import LiveMessage, camera_group, user_group
from events.live_access import Access
from events.live_memory import LiveMemory
from events.live_page import LivePage
from vms.accounts.models import User

MINE, OTHERS = 5, 6


def message(identity: str, camera_id: int | None = MINE, kind: str = "event.started") -> LiveMessage:
    return {"kind": kind, "id": identity, "camera_id": camera_id, "data": {}}  # type: ignore[typeddict-item]


async def _send(_: object) -> None: ...


@pytest.fixture
def page() -> LivePage:
    page = LivePage("key", _send)
    page.access = Access(User(id=1), frozenset({MINE}))
    return page


@pytest.fixture
def memory() -> LiveMemory:
    memory = LiveMemory()
    memory.complete_since = timezone.now() - timedelta(minutes=5)
    return memory


def texts(memory: LiveMemory, cursor: datetime) -> list[str] | None:
    news = memory.since(cursor)
    return None if news is None else [each.text for each in news]


def test_it_gives_what_came_since_a_cursor_oldest_first(memory: LiveMemory, monkeypatch: pytest.MonkeyPatch) -> None:
    began = timezone.now()
    for seconds, text in enumerate(("a", "b", "c")):
        monkeypatch.setattr(timezone, "now", partial(began.__add__, timedelta(seconds=10 * seconds)))
        memory.keep(camera_group(MINE), message(text), text)
    assert texts(memory, began + timedelta(seconds=8)) == ["b", "c"]


def test_what_is_said_of_the_same_again_takes_the_place_of_what_was_said_before(memory: LiveMemory) -> None:
    began = timezone.now()
    for identity, text in (("job", "10 %"), ("other", "x"), ("job", "20 %")):
        memory.keep(camera_group(MINE), message(identity, kind="job.progress"), text)
    assert texts(memory, began) == ["x", "20 %"]


@pytest.mark.parametrize("ago", [timedelta(minutes=5), timedelta(minutes=2)])
def test_it_does_not_know_what_came_before_it_listened_or_a_minute_ago(memory: LiveMemory, ago: timedelta) -> None:
    memory.complete_since = timezone.now() - timedelta(minutes=4)
    assert memory.since(timezone.now() - ago) is None


def test_while_nobody_listens_it_knows_nothing(memory: LiveMemory) -> None:
    memory.complete_since = None
    assert memory.since(timezone.now()) is None


def test_news_are_for_who_sees_the_camera_and_who_is_named(memory: LiveMemory, page: LivePage) -> None:
    kept = {
        (group, camera_id): memory.keep(group, message(group, camera_id), "").is_for(page)
        for group in (camera_group(MINE), user_group(1), user_group(2))
        for camera_id in (MINE, OTHERS, None)
    }
    seen = {(group, camera_id) for (group, camera_id), is_seen in kept.items() if is_seen}
    assert seen == {(group, camera) for group in (camera_group(MINE), user_group(1)) for camera in (MINE, None)}
