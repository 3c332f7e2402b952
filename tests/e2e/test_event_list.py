"""A guard works through the night's events by keys alone."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import LazySettings
from playwright.sync_api import Page, expect

from tests.e2e.browser import held_back, let_go
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
    with held_back(page, "**/events/do*") as held:
        page.keyboard.press("j")
        with page.expect_request("**/events/do*"):
            page.keyboard.press("f")
        page.keyboard.press("j")
        page.keyboard.press("x")
        expect(words).to_have_text("1 ticked")
        expect(rows.nth(0)).to_have_class(re.compile(r"\bbusy\b"))
        let_go(page, held)
        expect(page.locator("[data-undo]")).to_be_visible()
    expect(rows.nth(0)).to_contain_text("False alarm")
    expect(page.locator(".busy")).to_have_count(0)
    expect(rows.nth(1).locator("[data-tick]")).to_be_checked()
    expect(words).to_have_text("1 ticked")


def test_an_answer_whose_form_is_gone_meanwhile_takes_no_tick_away(page: Page) -> None:
    page.goto("/events/")
    page.wait_for_selector("body[data-live=on]")
    rows, words = page.locator("#events [data-row]"), page.locator("[data-ticked-words]")
    page.keyboard.press("j")
    page.keyboard.press("f")
    undo = page.locator("[data-undo]")
    expect(undo).to_be_visible()
    first = undo.element_handle()
    with held_back(page, "**/undo*") as held:
        with page.expect_request("**/undo*"):
            page.keyboard.press("u")
        page.keyboard.press("j")
        page.keyboard.press("f")
        page.wait_for_function("button => !button.isConnected", arg=first)
        page.keyboard.press("j")
        page.keyboard.press("x")
        expect(words).to_have_text("1 ticked")
        page.evaluate(
            "document.body.addEventListener('htmx:afterSwap', () => { document.body.dataset.swapped = 'yes'; })"
        )
        let_go(page, held)
        page.wait_for_selector("body[data-swapped]")
    expect(rows.nth(0)).not_to_contain_text("False alarm")
    expect(rows.nth(2).locator("[data-tick]")).to_be_checked()
    expect(words).to_have_text("1 ticked")


def test_an_answer_that_leads_to_another_page_does_so_though_its_form_is_gone(page: Page) -> None:
    page.goto("/events/")
    page.wait_for_selector("body[data-live=on]")
    with held_back(page, "**/events/do*") as held:
        page.keyboard.press("j")
        with page.expect_request("**/events/do*"):
            page.keyboard.press("e")
        page.evaluate("document.getElementById('work').remove()")
        let_go(page, held)
        page.wait_for_url("**/events/exports/")


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
