"""What one open page is sent."""

from __future__ import annotations

import asyncio
import json
from types import SimpleNamespace
from typing import Any

import pytest

from events import live_page
from events.live_access import Access
from events.live_page import REFUSED, TOO_SLOW, LivePage
from vms.accounts.models import User

Sent = list[dict[str, Any]]


class Socket:
    """Takes what it is sent, or nothing while it is stuck."""

    def __init__(self) -> None:
        self.sent: Sent = []
        self.flows = asyncio.Event()
        self.flows.set()

    async def send(self, message: dict[str, Any]) -> None:
        await self.flows.wait()
        self.sent.append(message)

    def messages(self) -> list[list[int]]:
        return [json.loads(message["text"]) for message in self.sent if message["type"] == "websocket.send"]


@pytest.fixture(autouse=True)
def unhurried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live_page, "GATHER_SECONDS", 0.0)


@pytest.fixture
def socket() -> Socket:
    return Socket()


@pytest.fixture
def page(socket: Socket) -> LivePage:
    return LivePage("key", socket.send)


async def settle() -> None:
    for _ in range(20):
        await asyncio.sleep(0)


async def test_what_waits_goes_in_one_frame_in_its_order(page: LivePage, socket: Socket) -> None:
    writer = asyncio.create_task(page.write())
    page.tell(["1", "2"])
    page.tell(["3"])
    await settle()
    page.tell(["4"])
    await settle()
    writer.cancel()
    assert socket.messages() == [[1, 2, 3], [4]]


async def test_what_comes_soon_after_a_frame_goes_in_one_frame(
    page: LivePage, socket: Socket, monkeypatch: pytest.MonkeyPatch
) -> None:
    passed, pauses = asyncio.Event(), list[float]()

    async def pause(seconds: float) -> None:
        pauses.append(seconds)
        await passed.wait()

    monkeypatch.setattr(live_page, "asyncio", SimpleNamespace(sleep=pause))
    writer = asyncio.create_task(page.write())
    for number in range(5):
        page.tell([str(number)])
        await settle()
    assert socket.messages() == [[0]]
    passed.set()
    await settle()
    writer.cancel()
    assert socket.messages() == [[0], [1, 2, 3, 4]]
    assert set(pauses) == {live_page.GATHER_SECONDS}


async def test_a_page_is_told_a_number_of_alerts_once(page: LivePage, socket: Socket) -> None:
    writer = asyncio.create_task(page.write())
    for number in (3, 3, 2, 2):
        page.tell_number(number)
        await settle()
    writer.cancel()
    told = [message for frame in socket.sent for message in json.loads(frame["text"])]
    assert [(message["kind"], message["data"]) for message in told] == [
        ("inbox.count", {"number": 3}),
        ("inbox.count", {"number": 2}),
    ]


async def test_a_page_that_takes_too_little_is_ended_and_its_queue_is_empty(
    page: LivePage, socket: Socket, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live_page, "MOST_WAITING", 10)
    socket.flows.clear()
    writer = asyncio.create_task(page.write())
    for number in range(50):
        page.tell([str(number)])
        await asyncio.sleep(0)
    socket.flows.set()
    await writer
    assert socket.sent[-1] == {"type": "websocket.close", "code": TOO_SLOW}
    assert socket.messages() in ([], [[0]])


async def test_after_its_end_a_page_sees_and_is_told_nothing(page: LivePage, socket: Socket) -> None:
    page.access = Access(User(id=1), frozenset({5}))
    assert page.sees(5)
    page.end(REFUSED)
    page.tell(["1"])
    await page.write()
    assert not page.sees(5)
    assert socket.sent == [{"type": "websocket.close", "code": REFUSED}]


async def test_a_page_whose_connection_is_gone_ends(page: LivePage) -> None:
    async def gone(message: dict[str, Any]) -> None:
        raise ConnectionResetError

    page = LivePage("key", gone)
    page.tell(["1"])
    await page.write()
    assert page.is_ended
