"""The timeline by keys alone: from mark to mark, to a gap's reason, to an hour and to an event."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.conf import LazySettings
from playwright.sync_api import expect

from tests.e2e.review_pages import signed_in_page
from tests.e2e.review_scene import night
from tests.e2e.threads import in_thread

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]
EVENING = datetime(2026, 7, 14, 20, 0, tzinfo=UTC)


def test_arrow_keys_go_from_mark_to_mark_and_enter_opens_what_was_there(settings: LazySettings, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path
    in_thread(lambda: night(count=20, now=EVENING))
    with signed_in_page(tmp_path, "jonas") as page:
        faults: list[str] = []
        page.on("console", lambda message: faults.append(message.text) if message.type == "error" else None)
        page.goto("/events/timeline/?day=2026-07-14")
        words = page.locator("[data-words]")
        page.locator("[data-cell][tabindex='0']").focus()
        for key, camera in (("ArrowRight", "Forecourt"), ("ArrowDown", "Loading bay"), ("End", "Loading bay")):
            page.keyboard.press(key)
            expect(words).to_have_text(re.compile(f"^{camera}"))
        expect(words).to_contain_text("1 event")
        expect(page.locator("[data-card]")).to_be_visible()
        expect(page.locator("[data-cell][tabindex='0']")).to_have_count(1)

        page.locator(".time-gap.strip-degraded").first.hover()
        expect(words).to_contain_text("Pictures come too slowly")
        page.locator(".time-hours a").nth(21).click()
        expect(page.locator(".time-title")).to_contain_text("21:00")
        page.locator(".time-mark").first.press("Enter")
        page.wait_for_url(re.compile(r"/events/[0-9a-f-]{36}/"))
        assert faults == []
