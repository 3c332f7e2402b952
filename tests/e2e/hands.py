"""Two ways to work on a page, so that each flow is told once and gone through twice: by the mouse, by keys alone."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from playwright.sync_api import Locator, Page

MOST_TABS = 250
SCROLL_SECONDS = 20
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


def scripts_run(page: Page) -> None:
    """A page that a press led to has begun by now; what moves it by keys or points comes with its last script."""
    page.wait_for_load_state("load")


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
        scripts_run(self.page)

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
        picture = self.page.locator(".zone-editing")
        for left, top in points:
            box = picture.bounding_box()  # a live picture that comes only now may change its height
            assert box is not None
            self.page.mouse.click(box["x"] + left / 100 * box["width"], box["y"] + top / 100 * box["height"])


class Keyboard:
    """Touches nothing but keys, and asks of each control it comes to that its focus is seen."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def reach(self, control: Locator) -> None:
        """Go on by Tab until it has the focus; past the last one it begins again at the top."""
        for _ in range(MOST_TABS):
            if control.evaluate(HAS_FOCUS):
                self._wait_until(control, SHOWS_FOCUS, f"The focus on {control} is not seen.")
                self._wait_until(control, IS_UNCOVERED, f"Something lies over {control}, which has the focus.")
                return
            self.page.keyboard.press("Tab")
        raise AssertionError(f"{MOST_TABS} times Tab does not lead to {control} on {self.page.url}.")

    def _wait_until(self, control: Locator, condition: str, otherwise: str) -> None:
        """The page may still scroll there."""
        deadline = time.monotonic() + SCROLL_SECONDS
        while not control.evaluate(condition):
            assert time.monotonic() < deadline, otherwise
            self.page.wait_for_timeout(50)

    def press(self, control: Locator) -> None:
        self.reach(control)
        control.press("Enter")
        scripts_run(self.page)

    def write(self, field: Locator, text: str) -> None:
        self.reach(field)
        self.page.keyboard.press("Control+a")
        self.page.keyboard.type(text)

    def tick(self, box: Locator) -> None:
        self.reach(box)
        if not box.is_checked():
            self.page.keyboard.press("Space")

    def choose(self, field: Locator, label: str) -> None:
        """From the first option on by the arrow: letters that come slowly begin a new word."""
        self.reach(field)
        self.page.keyboard.press("Home")
        for _ in range(field.evaluate("select => select.options.length")):
            if field.evaluate("select => select.selectedOptions[0].label") == label:
                return
            self.page.keyboard.press("ArrowDown")
        raise AssertionError(f"{field} has no “{label}”.")

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
