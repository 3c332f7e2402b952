"""Whose turn it is when more is asked than can be answered at once."""

from __future__ import annotations

import asyncio
import threading

import pytest
from asgiref.sync import ThreadSensitiveContext
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory

from vms.gateway import handler as handlers
from vms.gateway.handler import OneThreadHandler

SECONDS = 60


@pytest.mark.parametrize(
    ("crowd", "other"), [("/events/", "/internal/v1/events"), ("/internal/v1/events", "/"), ("/events/", "/healthz")]
)
async def test_a_crowd_of_pages_or_workers_leaves_the_others_their_turns(
    crowd: str, other: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(handlers, "AT_ONCE", 2)
    handler, let_go, at_work = OneThreadHandler(), threading.Event(), threading.Semaphore(0)

    def answer(request: HttpRequest) -> HttpResponse:
        if request.path == crowd:
            at_work.release()
            assert let_go.wait(SECONDS)
        return HttpResponse(request.path)

    async def ask(path: str) -> bytes:
        async with ThreadSensitiveContext():
            answer = await handler.get_response_async(RequestFactory().get(path))
        assert isinstance(answer, HttpResponse)
        return answer.content

    monkeypatch.setattr(handler, "get_response", answer)
    waiting = [asyncio.create_task(ask(crowd)) for _ in range(5)]
    for _ in range(2):
        assert await asyncio.to_thread(at_work.acquire, timeout=SECONDS)
    assert await asyncio.wait_for(ask(other), SECONDS) == other.encode()
    assert not at_work.acquire(blocking=False)
    let_go.set()
    assert await asyncio.gather(*waiting) == [crowd.encode()] * 5


async def test_pages_that_wait_for_something_else_hold_up_no_others(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(handlers, "DRAWN_AT_ONCE", 1)
    monkeypatch.setattr(handlers, "DRAWN_WITHIN_SECONDS", 0.01)
    handler, let_go, at_work = OneThreadHandler(), threading.Event(), threading.Semaphore(0)

    def answer(request: HttpRequest) -> HttpResponse:
        if request.path == "/cameras/1/probe/":
            at_work.release()
            assert let_go.wait(SECONDS)
        return HttpResponse()

    async def ask(path: str) -> int:
        async with ThreadSensitiveContext():
            return (await handler.get_response_async(RequestFactory().get(path))).status_code

    monkeypatch.setattr(handler, "get_response", answer)
    waiting = [asyncio.create_task(ask("/cameras/1/probe/")) for _ in range(3)]
    for _ in waiting:
        assert await asyncio.to_thread(at_work.acquire, timeout=SECONDS)
    assert await asyncio.wait_for(ask("/"), SECONDS) == 200
    let_go.set()
    assert await asyncio.gather(*waiting) == [200] * 3
