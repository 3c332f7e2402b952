"""What must hold of every page as a browser shows it: read by everybody, whole at every width."""

from __future__ import annotations

from importlib.resources import files
from typing import Any

from playwright.sync_api import ConsoleMessage, Page, Request

AXE = files("axe_playwright_python").joinpath("axe.min.js").read_text(encoding="utf-8")
LEVELS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
VIOLATIONS = """
levels => axe.run({ runOnly: levels }).then(({ violations }) => violations.map(
  ({ id, nodes }) => `${id}: ${nodes.length} times, first ${nodes[0].target.join(" ")} ${nodes[0].html.slice(0, 120)}`))
"""
SHAPE = """
() => {
  const faults = [];
  if (document.documentElement.scrollWidth > innerWidth) faults.push("wider than the screen");
  for (const element of document.querySelectorAll("body *")) {
    const drawn = element.closest("svg");
    if (drawn && element.tagName !== "text") continue;
    if (!element.checkVisibility() || element.closest("script, .sr-only")) continue;
    const words = [...element.childNodes].some((node) => node.nodeType === 3 && node.data.trim());
    const matrix = drawn && element.getScreenCTM();
    const scale = matrix ? Math.hypot(matrix.c, matrix.d) : 1;
    const size = Math.round(parseFloat(getComputedStyle(element).fontSize) * scale * 10) / 10;
    if (words && size < 12) faults.push(`${size} px: ${element.textContent.trim().slice(0, 40)}`);
    if (element.matches(".card, .rows, main section") && !element.textContent.trim() && !element.querySelector(
      "img, svg, canvas, video, input")) faults.push(`empty: ${element.outerHTML.slice(0, 80)}`);
  }
  return faults;
}
"""


def axe_violations(page: Page) -> list[str]:
    """Of WCAG 2.2, levels A and AA."""
    page.evaluate(AXE)
    found: list[str] = page.evaluate(VIOLATIONS, LEVELS)
    return found


def shape_faults(page: Page) -> list[str]:
    """Sideways scrolling, text below 12 px, boxes without words."""
    found: list[str] = page.evaluate(SHAPE)
    return found


def is_page(page: Page, path: str) -> bool:
    """Whether it is a whole page, which is shown then; fragments, files and what only takes POST are none."""
    answer = page.request.get(path, max_redirects=0)
    assert answer.status < 500, f"{path} answers {answer.status}"
    if answer.status != 200 or not answer.headers["content-type"].startswith("text/html"):
        return False
    if "<html" not in answer.text():
        return False
    page.goto(path, wait_until="load")
    return True


class Listener:
    """Notes errors on the console and requests that leave for another host."""

    def __init__(self, page: Page, url: str) -> None:
        self._url = url
        self._faults: list[str] = []
        page.on("console", self._console)
        page.on("pageerror", lambda error: self._faults.append(f"error: {error}"))
        page.on("request", self._request)

    def faults(self) -> list[str]:
        """Those since the last time."""
        found, self._faults = self._faults, []
        return found

    def _console(self, message: ConsoleMessage) -> None:
        # A picture that is not there is told by its status and shown as such.
        if message.type in {"error", "warning"} and "404 (Not Found)" not in message.text:
            self._faults.append(f"console: {message.text}")

    def _request(self, request: Request) -> None:
        if not request.url.startswith((self._url, self._url.replace("http", "ws", 1), "data:", "blob:")):
            self._faults.append(f"request to {request.url}")


def sound(page: Page, listener: Listener) -> dict[str, Any]:
    """Everything that is wrong with the page, by kind; empty when nothing is."""
    found = {"shape": shape_faults(page), "heard": listener.faults(), "axe": axe_violations(page)}
    return {kind: faults for kind, faults in found.items() if faults}
