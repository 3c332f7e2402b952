"""The zone editor in a real browser: drawn with the mouse, moved by keys and by numbers, undone, and kept."""

from __future__ import annotations

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.e2e.hands import Hand, scripts_run

pytestmark = pytest.mark.e2e
ARE_NUMBERS = """
([name, wanted]) => {
  const found = [...document.querySelectorAll(`input[name="${name}"]`)].map(({ value }) => Number(value));
  return found.length === wanted.length && wanted.every((one, at) => Math.abs(one - found[at]) <= 1);
}
"""


def at(area: Locator, x: float, y: float) -> tuple[float, float]:
    box = area.bounding_box()
    assert box is not None
    return box["x"] + x * box["width"], box["y"] + y * box["height"]


def new_area(page: Page) -> Locator:
    """The picture to draw on."""
    page.goto("/cameras/")
    page.get_by_role("link", name="Demo camera").click()
    page.get_by_role("link", name="Draw and change").click()
    page.get_by_role("link", name="New area").click()
    scripts_run(page)
    picture = page.locator(".zone-editing")
    expect(picture).to_be_visible()
    return picture


def expect_numbers(page: Page, name: str, wanted: list[float]) -> None:
    """Those of the points, to one percent of the picture."""
    page.wait_for_function(ARE_NUMBERS, arg=[name, wanted])


def test_an_area_is_drawn_dragged_undone_moved_by_keys_and_saved(admin_page: Page) -> None:
    faults: list[str] = []
    admin_page.on("console", lambda message: faults.append(message.text) if message.type == "error" else None)
    picture, points = new_area(admin_page), admin_page.locator('input[name="x"]')
    for x, y in ((0.2, 0.2), (0.8, 0.2), (0.6, 0.8), (0.2, 0.8)):
        admin_page.mouse.click(*at(picture, x, y))
    expect_numbers(admin_page, "x", [20, 80, 60, 20])

    admin_page.mouse.move(*at(picture, 0.6, 0.8))
    admin_page.mouse.down()
    admin_page.mouse.move(*at(picture, 0.5, 0.7), steps=4)
    admin_page.mouse.up()
    expect_numbers(admin_page, "y", [20, 20, 70, 80])
    admin_page.keyboard.press("Control+z")
    expect_numbers(admin_page, "y", [20, 20, 80, 80])
    admin_page.keyboard.press("Control+Shift+z")
    expect_numbers(admin_page, "y", [20, 20, 70, 80])

    admin_page.locator('[data-index="0"]').focus()
    admin_page.keyboard.press("Shift+ArrowLeft")
    expect_numbers(admin_page, "x", [15, 80, 50, 20])
    admin_page.keyboard.press("Insert")
    expect(points).to_have_count(5)
    admin_page.keyboard.press("Delete")
    expect(points).to_have_count(4)
    admin_page.fill('[aria-label="Point 2, from the left"]', "90.5")

    admin_page.fill("#zone-name", "Court")
    admin_page.get_by_role("button", name="Save").click()
    expect(admin_page.locator("#messages")).to_contain_text("Area “Court” is saved.")
    expect(points.nth(1)).to_have_value("90.5")
    expect(admin_page.locator(".zone-own")).to_be_attached()
    admin_page.mouse.click(*at(picture, 0.9, 0.9))
    expect(points).to_have_count(4)
    assert faults == []


def test_a_border_that_crosses_itself_is_refused_in_words_and_kept_on_the_page(admin_page: Page) -> None:
    picture = new_area(admin_page)
    for x, y in ((0.2, 0.2), (0.8, 0.8), (0.8, 0.2)):
        admin_page.mouse.click(*at(picture, x, y))
    admin_page.get_by_role("button", name="Add a point").click()
    for name, value in (("left", "20"), ("top", "80")):
        admin_page.fill(f'[aria-label="Point 4, from the {name}"]', value)
    admin_page.fill("#zone-name", "Bow tie")
    admin_page.get_by_role("button", name="Save").click()
    expect(admin_page.get_by_role("alert")).to_contain_text("The border crosses itself")
    expect_numbers(admin_page, "x", [20, 80, 80, 20])


def test_a_mask_is_drawn_shown_as_hidden_ground_and_taken_away(hand: Hand, admin_page: Page) -> None:
    hands, name = hand(admin_page), f"Street, by {hand.__name__}"
    admin_page.goto("/cameras/")
    admin_page.get_by_role("link", name="Demo camera").click()
    hands.press(admin_page.get_by_role("link", name="Draw and change"))
    hands.press(admin_page.get_by_role("link", name="Do not look here"))
    hands.outline([(5, 5), (40, 5), (40, 30)])
    expect(admin_page.locator("polygon.zone-mask.zone-own")).to_have_attribute("fill", "url(#hatch)")
    hands.write(admin_page.get_by_label("Name", exact=True), name)
    hands.press(admin_page.get_by_role("button", name="Save"))
    expect(admin_page.locator("#messages")).to_contain_text("is saved")

    hands.press(admin_page.get_by_role("link", name="Close"))
    expect(admin_page.locator("[data-outlines] .zone-mask")).to_have_attribute("fill", "url(#hatch)")
    row = admin_page.locator(".zone-row").filter(has_text=name)
    expect(row).to_contain_text("Do not look here")
    hands.press(row.get_by_role("link"))
    hands.press(admin_page.get_by_role("button", name="Delete"))
    expect(row).to_have_count(0)
