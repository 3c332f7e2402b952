"""How a server process keeps its memory level, however long it answers requests or works through messages."""

from __future__ import annotations

import gc

from django.urls import get_resolver

from workers.runtime.heaps import keep_few_heaps, start_giving_back


def keep_memory_level() -> None:
    """Called once, before the first request or message. All code is loaded, and no search for garbage looks through it.

    Such a search took up to a quarter of a second, on some pages at every sixth request; now it goes through what
    requests leave. Python puts it off until that is a quarter of what the last search left, and would wait for fifty
    thousand objects if the last one had been before the code was set aside.
    """
    keep_few_heaps()
    _ = get_resolver().url_patterns  # with all views: otherwise they come with the first link that is written
    gc.collect()
    gc.freeze()
    gc.collect()
    start_giving_back()
