"""What Chromium sees of a large site: when the first page is painted, and that live rows move nothing under the eye."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import numpy as np
from playwright.sync_api import Browser, Page

from bench.criterion import Criterion, at_most
from tests.e2e.browser import chromium

PAINTS = 5
LIVE_SECONDS = 8.0
PAINT = """
window.paint = 0;
new PerformanceObserver((list) => { for (const entry of list.getEntries()) window.paint = entry.startTime; })
  .observe({ type: "largest-contentful-paint", buffered: true });
"""
AT_WORK = """() => {
  scrollTo(0, 600);
  const rows = [...document.querySelectorAll("#events > li[data-event]")];
  const row = rows.find((each) => each.getBoundingClientRect().top > 100);
  row.querySelector("a").focus({ preventScroll: true });
  window.watched = row;
}"""
STANDING = "() => [scrollY, window.watched.isConnected ? window.watched.getBoundingClientRect().top : NaN]"


def paint_criterion(url: str, cookie: str) -> Criterion:
    """In a browser that has nothing in its cache."""
    paints = []
    with chromium() as browser:
        for _ in range(PAINTS):
            with _page(browser, url, cookie) as page:
                page.add_init_script(PAINT)
                page.goto(f"{url}/", wait_until="load")
                page.wait_for_timeout(1000)
                paints.append(page.evaluate("window.paint") / 1000)
    return at_most(f"largest contentful paint of the first page, median of {PAINTS}", float(np.median(paints)), 1, "s")


def live_criteria(url: str, cookie: str, send: Callable[[int], None]) -> list[Criterion]:
    """What moves, in pixels, and loads anew while somebody reads further down and ``send`` brings events."""
    with chromium() as browser, _page(browser, url, cookie) as page:
        page.goto(f"{url}/events/", wait_until="load")
        page.wait_for_selector("body[data-live=on]")
        page.evaluate(AT_WORK)
        loads: list[str] = []
        page.on("framenavigated", lambda frame: loads.append(frame.url))
        before = page.evaluate(STANDING)
        until = time.monotonic() + LIVE_SECONDS
        while time.monotonic() < until:
            send(1)
            page.wait_for_timeout(500)
        page.wait_for_selector("[data-new-events]:not([hidden])")
        moved = float(np.abs(np.subtract(page.evaluate(STANDING), before)).max())
    return [
        at_most("page loads that live events cause", len(loads), 0, ""),
        at_most("what live events move under a reader", moved, 0, "px"),
    ]


@contextmanager
def _page(browser: Browser, url: str, cookie: str) -> Iterator[Page]:
    name, _, value = cookie.partition("=")
    context = browser.new_context()
    context.add_cookies([{"name": name, "value": value, "url": url}])
    try:
        yield context.new_page()
    finally:
        context.close()
