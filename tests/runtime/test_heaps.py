"""The heaps of a worker's process."""

from __future__ import annotations

import subprocess
import sys

import pytest

TWENTY_THREADS_ALLOCATE = """
import ctypes, sys, threading
from workers.runtime.heaps import keep_few_heaps
if not keep_few_heaps():
    sys.exit(9)
libc = ctypes.CDLL(None)
libc.malloc.restype = ctypes.c_void_p
libc.fopen.restype = ctypes.c_void_p
started = threading.Barrier(20)
def work():
    started.wait()
    for _ in range(1000):
        libc.malloc(10_000)
threads = [threading.Thread(target=work) for _ in range(20)]
[thread.start() for thread in threads]
[thread.join() for thread in threads]
libc.malloc_info(0, ctypes.c_void_p(libc.fopen(b"/dev/stdout", b"w")))
libc.fflush(None)
"""


def test_twenty_threads_share_two_heaps() -> None:
    told = subprocess.run(
        [sys.executable, "-c", TWENTY_THREADS_ALLOCATE], check=False, capture_output=True, text=True, timeout=60
    )
    if told.returncode == 9:
        pytest.skip("the C library has no such setting")
    assert told.stdout.count("<heap nr=") == 2
