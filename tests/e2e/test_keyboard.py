"""What every page gives those who have only keys: a way past the menu, and the focus back after a dialog."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.conf import LazySettings
from playwright.sync_api import expect

from tests.e2e.hands import Keyboard
from tests.e2e.review_pages import signed_in_page
from tests.e2e.review_scene import night
from tests.e2e.threads import in_thread

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]


def test_the_first_link_skips_the_menu_and_a_dialog_gives_the_focus_back(
    settings: LazySettings, tmp_path: Path
) -> None:
    settings.MEDIA_ROOT = tmp_path
    in_thread(night, count=4)
    with signed_in_page(tmp_path, "jonas") as page:
        page.goto("/events/")
        page.keyboard.press("Tab")
        skip = page.get_by_role("link", name="Skip to the content")
        expect(skip).to_be_focused()
        expect(skip).to_be_in_viewport()
        page.keyboard.press("Enter")
        expect(page.locator("#main")).to_be_focused()

        opener = page.get_by_role("button", name="Keys")
        Keyboard(page).press(opener)
        expect(page.get_by_role("dialog")).to_be_visible()
        page.keyboard.press("Escape")
        expect(page.get_by_role("dialog")).to_have_count(0)
        expect(opener).to_be_focused()

        page.set_viewport_size({"width": 390, "height": 844})
        menu = page.get_by_role("button", name="Menu")
        Keyboard(page).press(menu)
        expect(menu).to_have_attribute("aria-expanded", "true")
        Keyboard(page).press(page.get_by_role("navigation", name="Main").get_by_role("link", name="Reports"))
        page.wait_for_url("**/reports/")


def test_pages_of_the_wall_are_turned_by_keys_and_the_focus_stays_on_their_arrows(
    settings: LazySettings, tmp_path: Path
) -> None:
    settings.MEDIA_ROOT = tmp_path
    in_thread(night, count=1)
    with signed_in_page(tmp_path, "jonas") as page:
        page.goto("/wall/?size=1")
        pages = page.locator("[data-pages]")
        further = page.get_by_role("link", name="Next page")
        further.focus()
        page.keyboard.press("Enter")
        expect(pages).to_have_attribute("data-page", "2")
        expect(further).to_be_focused()
        page.keyboard.press("Enter")
        expect(pages).to_have_attribute("data-page", "3")
        expect(page.get_by_role("link", name="Earlier page")).to_be_focused()
