"""Queries beside a browser: Playwright's loop runs in the test's thread, where Django refuses them."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from typing import ParamSpec, TypeVar

from django.db import connection

Arguments = ParamSpec("Arguments")
Result = TypeVar("Result")


def in_thread(deed: Callable[Arguments, Result], *arguments: Arguments.args, **named: Arguments.kwargs) -> Result:
    def done() -> Result:
        with closing(connection):
            return deed(*arguments, **named)

    with ThreadPoolExecutor(1) as pool:
        return pool.submit(done).result()
