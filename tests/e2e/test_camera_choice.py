"""Choosing some of many cameras within a form: what is ticked stays while others are looked for."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import LazySettings
from playwright.sync_api import Page, expect

from cameras.models import CameraGroup
from tests.e2e.browser import held_back, let_go
from tests.e2e.hands import Hand
from tests.e2e.review_pages import signed_in_page
from tests.e2e.review_scene import WORD
from tests.e2e.threads import in_thread
from tests.pages.rows import camera_make
from vms.accounts.choices import Role
from vms.accounts.models import User

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]


def scene() -> None:
    User.objects.create_user("mara", "mara@example.com", WORD, role=Role.ADMIN)
    for number in range(70):
        camera_make(f"Hall {number:02}")
    for name in ("Berth", "Crane"):
        camera_make(name, site="Harbour")


@pytest.fixture
def page(settings: LazySettings, tmp_path: Path) -> Iterator[Page]:
    settings.MEDIA_ROOT = tmp_path
    in_thread(scene)
    with signed_in_page(tmp_path, "mara") as page:
        yield page


def test_cameras_of_a_group_are_looked_for_and_stay_ticked(page: Page, hand: Hand) -> None:
    hands = hand(page)
    page.goto("/cameras/groups/new/")
    choice = page.locator("[data-camera-choice]")
    hands.write(page.get_by_label("Name", exact=True), "Quay")
    hands.write(page.get_by_label("Find cameras"), "har")
    expect(choice.get_by_role("checkbox")).to_have_count(2)
    hands.tick(choice.get_by_label("Crane"))
    expect(choice.locator("[data-chosen-words]")).to_have_text("1 camera is chosen.")

    hands.write(page.get_by_label("Find cameras"), "hall 6")
    expect(choice.get_by_label("Hall 69")).to_be_visible()
    expect(choice.get_by_label("Crane")).to_be_checked()
    page.keyboard.press("Enter")  # looks, and saves nothing
    hands.press(choice.get_by_role("button", name="Choose all 16 found"))
    expect(choice.locator("[data-chosen-words]")).to_have_text("17 cameras are chosen.")
    hands.press(page.get_by_role("button", name="Save"))
    expect(page.locator("#messages")).to_contain_text("Group Quay is saved.")
    assert in_thread(lambda: CameraGroup.objects.get(name="Quay").cameras.count()) == 17


def test_arrow_keys_move_between_cameras_and_more_begin_at_the_first_that_came(page: Page) -> None:
    page.goto("/cameras/groups/new/")
    boxes = page.locator("[data-camera-choice]").get_by_role("checkbox")
    expect(boxes).to_have_count(60)
    boxes.first.focus()
    page.keyboard.press("ArrowDown")
    expect(boxes.nth(1)).to_be_focused()
    page.get_by_role("button", name="Show more").focus()
    page.keyboard.press("Enter")
    expect(boxes).to_have_count(72)
    expect(boxes.nth(60)).to_be_focused()


def test_what_is_ticked_while_an_answer_is_on_its_way_stays_ticked(page: Page) -> None:
    page.goto("/cameras/groups/new/")
    choice = page.locator("[data-camera-choice]")
    with held_back(page, "**/cameras/groups/new/") as held:
        page.get_by_label("Find cameras").fill("hall 0")
        while not held:
            page.wait_for_timeout(20)
        choice.get_by_label("Hall 11").check()
        let_go(page, held)
        expect(choice.get_by_role("checkbox")).to_have_count(17)
    expect(choice.get_by_label("Hall 11")).to_be_checked()
    expect(choice.locator("[data-chosen-words]")).to_have_text("1 camera is chosen.")
