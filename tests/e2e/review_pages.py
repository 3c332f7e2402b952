"""A browser before a night's events: the web process on the test's own database, and a guard who is signed in."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Page

from tests.cameras.web_server import web_server
from tests.e2e.browser import chromium, new_context, sign_in
from tests.e2e.review_scene import WORD


@contextmanager
def signed_in_page(media: Path, name: str, **context: object) -> Iterator[Page]:
    with web_server({"VMS_MEDIA_DIR": str(media)}) as server, chromium() as browser:
        address = f"http://127.0.0.1:{server.port}"
        size = {"width": 1280, "height": 900}
        view = new_context(browser, base_url=address, viewport=size, accept_downloads=True, **context)
        page = view.new_page()
        sign_in(page, address, name, WORD)
        yield page
        view.close()
