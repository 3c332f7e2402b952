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

SECONDS = 10


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
