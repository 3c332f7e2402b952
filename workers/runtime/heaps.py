"""How many heaps glibc makes for a process of many threads."""

from __future__ import annotations

import ctypes
import sys

HEAPS = 2
M_ARENA_MAX = -8
"""From glibc's ``malloc.h``; see mallopt(3)."""


def keep_few_heaps(most: int = HEAPS) -> bool:
    """To be called before threads start; False where the C library has no such setting.

    By default there are eight heaps for each core. What one thread frees in its heap no other can use, so that with a
    few threads for every camera resident memory rises and falls by tens of megabytes. Little is allocated at the same
    moment here: two are enough.
    """
    if sys.platform != "linux":
        return False
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    return mallopt is not None and bool(mallopt(M_ARENA_MAX, most))
