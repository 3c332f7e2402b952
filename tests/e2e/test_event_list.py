"""A guard works through the night's events by keys alone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import LazySettings
from playwright.sync_api import Page, Route, expect

from tests.e2e.review_pages import signed_in_page
from tests.e2e.review_scene import night
from tests.e2e.threads import in_thread

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def page(settings: LazySettings, tmp_path: Path) -> Iterator[Page]:
    settings.MEDIA_ROOT = tmp_path
    in_thread(lambda: night(count=8))
    with signed_in_page(tmp_path, "jonas") as page:
        yield page


def test_a_night_is_worked_off_by_keys_and_a_slip_is_taken_back(page: Page) -> None:
    faults: list[str] = []
    page.on("console", lambda message: faults.append(message.text) if message.type == "error" else None)
    page.goto("/events/")
    page.wait_for_selector("body[data-live=on]")
    rows = page.locator("#events [data-row]")
    assert page.locator("#events .unread").count() == rows.count() == 6

    page.keyboard.press("j")
    page.keyboard.press("j")
    expect(rows.nth(1).locator("a")).to_be_focused()
    page.keyboard.press("f")
    expect(rows.nth(1)).to_contain_text("False alarm")
    expect(rows.nth(1).locator("a")).to_be_focused()
    expect(rows.nth(1)).not_to_have_class("unread")
    expect(page.locator("[data-undo]")).to_be_visible()  # the row may be drawn by live news before the answer is here
    page.keyboard.press("u")
    expect(rows.nth(1)).not_to_contain_text("False alarm")

    page.keyboard.press("x")
    page.keyboard.press("j")
    page.keyboard.press("x")
    expect(page.locator("[data-ticked-words]")).to_have_text("2 ticked")
    page.keyboard.press("n")
    page.keyboard.type("Cleaner, until 22:00")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Cleaner, until 22:00")).to_have_count(2)
    page.keyboard.press("?")
    expect(page.locator("[data-help]")).to_be_visible()
    assert faults == []


def test_what_is_ticked_while_a_deed_is_on_its_way_stays_ticked(page: Page) -> None:
    page.goto("/events/")
    page.wait_for_selector("body[data-live=on]")
    rows, words = page.locator("#events [data-row]"), page.locator("[data-ticked-words]")
    held: list[Route] = []
    page.route("**/events/do*", lambda route: held.append(route))
    page.keyboard.press("j")
    with page.expect_request("**/events/do*"):
        page.keyboard.press("f")
    page.keyboard.press("j")
    page.keyboard.press("x")
    expect(words).to_have_text("1 ticked")
    while not held:
        page.wait_for_timeout(20)
    held[0].continue_()
    expect(page.locator("[data-undo]")).to_be_visible()
    expect(rows.nth(0)).to_contain_text("False alarm")
    expect(rows.nth(1).locator("[data-tick]")).to_be_checked()
    expect(words).to_have_text("1 ticked")


def test_the_row_under_the_mouse_plays_its_moment_unless_somebody_wants_less_motion(page: Page) -> None:
    page.goto("/events/")
    row = page.locator("#events [data-row]").first
    row.hover()
    page.wait_for_function("() => document.querySelector('.thumb.plays video')?.currentTime > 4")
    assert page.evaluate("document.querySelector('.thumb video').muted")
    page.locator("h1").hover()
    expect(page.locator(".thumb video")).to_have_count(0)
    page.emulate_media(reduced_motion="reduce")
    row.hover()
    page.wait_for_timeout(700)
    expect(page.locator(".thumb video")).to_have_count(0)


def test_more_of_the_list_comes_by_keys_and_the_focus_goes_on_to_the_first_row_that_came(
    settings: LazySettings, tmp_path: Path
) -> None:
    settings.MEDIA_ROOT = tmp_path
    in_thread(lambda: night(count=60))
    with signed_in_page(tmp_path, "mara") as page:
        page.goto("/events/")
        rows = page.locator("#events [data-row]")
        shown = rows.count()
        page.get_by_role("link", name="Show older events").focus()
        page.keyboard.press("Enter")
        expect(rows).not_to_have_count(shown)
        expect(rows.nth(shown).get_by_role("link").first).to_be_focused()
