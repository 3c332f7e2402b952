"""How many heaps glibc makes for a process of many threads, and what they keep of the memory that was freed."""

from __future__ import annotations

import ctypes
import sys
import threading

HEAPS = 2
M_ARENA_MAX = -8
"""From glibc's ``malloc.h``; see mallopt(3)."""
GIVE_BACK_SECONDS = 5.0


def keep_few_heaps(most: int = HEAPS) -> bool:
    """To be called while there are few threads; False where the C library has no such setting.

    By default there are eight heaps for each core. What one thread frees in its heap no other can use, so that with a
    few threads for every camera, or one for every request, resident memory rises and falls by tens of megabytes. Little
    is allocated at the same moment here: two are enough.
    """
    mallopt = _of_c_library("mallopt")
    return mallopt is not None and bool(mallopt(M_ARENA_MAX, most))


def give_back_free_memory() -> bool:
    """Give the pages that are free inside heaps to the system; False where the C library cannot.

    By itself it gives back only what is free at a heap's end. Pictures come and go between things that stay, so that
    heaps grow by holes that no next picture fits into.
    """
    malloc_trim = _of_c_library("malloc_trim")
    if malloc_trim is None:
        return False
    malloc_trim(ctypes.c_size_t(0))
    return True


def start_giving_back(seconds: float = GIVE_BACK_SECONDS) -> None:
    """From now on and until the process ends, on a thread of its own."""
    threading.Thread(target=_give_back_again_and_again, args=(seconds,), name="heaps", daemon=True).start()


def _give_back_again_and_again(seconds: float) -> None:
    pause = threading.Event()
    while give_back_free_memory():
        pause.wait(seconds)


def _of_c_library(name: str) -> ctypes._NamedFuncPointer | None:
    return getattr(ctypes.CDLL(None), name, None) if sys.platform == "linux" else None
