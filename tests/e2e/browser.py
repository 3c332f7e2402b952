"""Debian's Chromium under Playwright, with the arguments a container needs and nothing that calls home."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from playwright.sync_api import Browser, BrowserContext, Page, Route, sync_playwright

PATIENCE_MS = 120_000
"""A busy machine is slow; what never comes is waited for this long."""
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@contextmanager
def chromium() -> Iterator[Browser]:
    """Debian's Chromium where it is installed, else the one that Playwright brought."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=ARGUMENTS, timeout=PATIENCE_MS
        )
        try:
            yield browser
        finally:
            browser.close()


def new_context(browser: Browser, **options: Any) -> BrowserContext:
    """Whose pages have patience with whatever they do or wait for."""
    context = browser.new_context(**options)
    context.set_default_timeout(PATIENCE_MS)
    return context


def sign_in(page: Page, url: str, name: str, password: str) -> None:
    page.goto(f"{url}/login/")
    page.fill("#id_username", name)
    page.fill("#id_password", password)
    page.click("button.btn-main")
    page.wait_for_url(f"{url}/")


@contextmanager
def held_back(page: Page, pattern: str) -> Iterator[list[Route]]:
    """What the page asks for there waits in the list until it is taken out; what is left is given up in the end, since
    a page with an open question does not close.
    """
    held: list[Route] = []
    page.route(pattern, lambda route: held.append(route))
    try:
        yield held
    finally:
        while held:
            held.pop().abort()


def let_go(page: Page, held: list[Route]) -> None:
    """The first that was held back, which may still be on its way to the list."""
    while not held:
        page.wait_for_timeout(20)
    held.pop(0).continue_()
