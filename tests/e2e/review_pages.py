"""A browser before a night's events: the web process on the test's own database, and a guard who is signed in."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TypeVar

from django.db import connection
from playwright.sync_api import Page

from tests.cameras.web_server import web_server
from tests.e2e.browser import chromium, sign_in
from tests.e2e.review_scene import WORD

Result = TypeVar("Result")


def in_thread(deed: Callable[[], Result]) -> Result:
    """Playwright's loop runs in this thread, where Django refuses queries."""

    def done() -> Result:
        with closing(connection):
            return deed()

    with ThreadPoolExecutor(1) as pool:
        return pool.submit(done).result()


@contextmanager
def signed_in_page(media: Path, name: str, **context: object) -> Iterator[Page]:
    with web_server({"VMS_MEDIA_DIR": str(media)}) as server, chromium() as browser:
        address = f"http://127.0.0.1:{server.port}"
        size = {"width": 1280, "height": 900}
        view = browser.new_context(base_url=address, viewport=size, accept_downloads=True, **context)  # type: ignore[arg-type]
        page = view.new_page()
        sign_in(page, address, name, WORD)
        yield page
        view.close()
