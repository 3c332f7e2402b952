"""Queries beside a browser: Playwright's loop runs in the test's thread, where Django refuses them."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from typing import Any

from django.db import connection


def in_thread(deed: Callable[..., Any], *arguments: object) -> Any:
    def done() -> Any:
        with closing(connection):
            return deed(*arguments)

    with ThreadPoolExecutor(1) as pool:
        return pool.submit(done).result()
