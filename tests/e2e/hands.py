"""Two ways to work on a page, so that each flow is told once and gone through twice: by the mouse, by keys alone."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from playwright.sync_api import Locator, Page

MOST_TABS = 250
HAS_FOCUS = "element => element === document.activeElement"
SHOWS_FOCUS = """
element => {
  const shown = ({ outlineStyle, outlineWidth, boxShadow }) =>
    (outlineStyle !== "none" && parseFloat(outlineWidth) > 0) || boxShadow !== "none";
  return shown(getComputedStyle(element)) || shown(getComputedStyle(element, "::after"));
}
"""
IS_UNCOVERED = """
element => {
  const { left, top, width, height } = element.getBoundingClientRect();
  const there = document.elementFromPoint(left + width / 2, top + height / 2);
  return Boolean(there) && (element.contains(there) || there.contains(element));
}
"""


class Hands(Protocol):
    page: Page

    def press(self, control: Locator) -> None:
        """A link, a button or a summary."""

    def write(self, field: Locator, text: str) -> None:
        """Instead of what stands there."""

    def tick(self, box: Locator) -> None: ...

    def choose(self, field: Locator, label: str) -> None:
        """One of a select's options."""

    def hand_over(self, field: Locator, path: Path) -> None:
        """A file to a file field."""

    def outline(self, points: Sequence[tuple[int, int]]) -> None:
        """Set the points of a new zone, in percent of the picture."""


class Mouse:
    def __init__(self, page: Page) -> None:
        self.page = page

    def press(self, control: Locator) -> None:
        control.click()

    def write(self, field: Locator, text: str) -> None:
        field.click()
        field.fill(text)

    def tick(self, box: Locator) -> None:
        box.check()

    def choose(self, field: Locator, label: str) -> None:
        field.select_option(label=label)

    def hand_over(self, field: Locator, path: Path) -> None:
        with self.page.expect_file_chooser() as asked:
            field.click()
        asked.value.set_files(path)

    def outline(self, points: Sequence[tuple[int, int]]) -> None:
        picture = self.page.locator("[data-outlines]")
        box = picture.bounding_box()
        assert box is not None
        for left, top in points:
            self.page.mouse.click(box["x"] + left / 100 * box["width"], box["y"] + top / 100 * box["height"])


class Keyboard:
    """Touches nothing but keys, and asks of each control it comes to that its focus is seen."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def reach(self, control: Locator) -> None:
        """Go on by Tab until it has the focus; past the last one it begins again at the top."""
        for _ in range(MOST_TABS):
            if control.evaluate(HAS_FOCUS):
                assert control.evaluate(SHOWS_FOCUS), f"The focus on {control} is not seen."
                assert control.evaluate(IS_UNCOVERED), f"Something lies over {control}, which has the focus."
                return
            self.page.keyboard.press("Tab")
        raise AssertionError(f"{MOST_TABS} times Tab does not lead to {control} on {self.page.url}.")

    def press(self, control: Locator) -> None:
        self.reach(control)
        self.page.keyboard.press("Enter")

    def write(self, field: Locator, text: str) -> None:
        self.reach(field)
        self.page.keyboard.press("Control+a")
        self.page.keyboard.type(text)

    def tick(self, box: Locator) -> None:
        self.reach(box)
        if not box.is_checked():
            self.page.keyboard.press("Space")

    def choose(self, field: Locator, label: str) -> None:
        """By typing the option's first letters, as a select takes them."""
        self.reach(field)
        self.page.keyboard.type(label)
        chosen = field.evaluate("select => select.selectedOptions[0].label")
        assert chosen == label, f"{field} is at {chosen}."

    def hand_over(self, field: Locator, path: Path) -> None:
        self.reach(field)
        with self.page.expect_file_chooser() as asked:
            self.page.keyboard.press("Space")
        asked.value.set_files(path)

    def outline(self, points: Sequence[tuple[int, int]]) -> None:
        """By their numbers, in the table beside the picture."""
        for number, (left, top) in enumerate(points, start=1):
            row = self.page.locator("[data-points] tr").nth(number - 1)
            if row.count() == 0:
                self.press(self.page.get_by_role("button", name="Add a point"))
            self.write(row.get_by_label(f"Point {number}, from the left", exact=True), str(left))
            self.write(row.get_by_label(f"Point {number}, from the top", exact=True), str(top))


Hand = type[Mouse] | type[Keyboard]
