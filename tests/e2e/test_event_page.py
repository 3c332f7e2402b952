"""One event by keys: to its moments, a link to the very place, acknowledged, judged, on to the next."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.conf import LazySettings
from playwright.sync_api import Page, expect

from tests.e2e.review_pages import signed_in_page
from tests.e2e.review_scene import MOMENT_MS, night
from tests.e2e.threads import in_thread

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]


def place(page: Page) -> float:
    return float(page.locator("video").evaluate("video => video.currentTime"))


def test_an_event_is_looked_at_shared_acknowledged_and_judged_by_keys(settings: LazySettings, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path
    scene = in_thread(lambda: night(count=8))
    event, other = scene.events[0], scene.events[1]
    with signed_in_page(tmp_path, "jonas", permissions=["clipboard-read", "clipboard-write"]) as page:
        faults: list[str] = []
        page.on("console", lambda message: faults.append(message.text) if message.type == "error" else None)
        page.goto(f"/events/{event.id}/")
        page.wait_for_function("() => document.querySelector('video').readyState >= 2")
        assert place(page) == pytest.approx(MOMENT_MS / 1000, abs=0.2)
        expect(page.get_by_role("link", name=other.message)).to_be_visible()

        page.keyboard.press("2")  # it left
        assert place(page) == pytest.approx(MOMENT_MS / 1000 + 9, abs=0.2)
        page.keyboard.press("c")
        expect(page.get_by_text("Copied")).to_be_visible()
        link = page.evaluate("navigator.clipboard.readText()")
        page.goto(link)
        page.wait_for_function("() => document.querySelector('video').readyState >= 2")
        assert place(page) == pytest.approx(MOMENT_MS / 1000 + 9, abs=0.2)

        page.keyboard.press("a")
        expect(page.locator("#messages")).to_contain_text("1 alert acknowledged.")
        page.keyboard.press("f")
        false = page.locator("#review").get_by_role("button", name="False alarm")
        expect(false).to_have_attribute("aria-pressed", "true")
        true = page.locator("#review").get_by_role("button", name="True")
        true.focus()
        page.keyboard.press("Enter")
        expect(true).to_have_attribute("aria-pressed", "true")
        expect(true).to_be_focused()
        page.keyboard.press("j")
        page.wait_for_url(f"**/events/{other.id}/**")
        assert faults == []
