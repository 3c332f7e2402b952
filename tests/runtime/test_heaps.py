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

HOLES_IN_A_HEAP = """
import ctypes, sys, time
import psutil
from workers.runtime.heaps import keep_few_heaps, start_giving_back
if not keep_few_heaps():
    sys.exit(9)
libc = ctypes.CDLL(None)
libc.malloc.restype = ctypes.c_void_p
def resident():
    return psutil.Process().memory_info().rss
blocks = []
for _ in range(2000):
    blocks.append(libc.malloc(100_000))
    ctypes.memset(blocks[-1], 1, 100_000)
for block in blocks[::2]:
    libc.free(ctypes.c_void_p(block))
with_holes = resident()
start_giving_back()
until = time.monotonic() + 30
while with_holes - resident() < 80_000_000 and time.monotonic() < until:
    time.sleep(0.05)
print(with_holes - resident())
"""


def test_pages_that_are_free_between_others_are_given_back() -> None:
    told = run(HOLES_IN_A_HEAP)

    assert int(told) >= 80_000_000  # each block is 25 pages, of which the first and the last hold others too


def test_twenty_threads_share_two_heaps() -> None:
    assert run(TWENTY_THREADS_ALLOCATE).count("<heap nr=") == 2


def run(code: str) -> str:
    told = subprocess.run([sys.executable, "-c", code], check=False, capture_output=True, text=True, timeout=120)
    if told.returncode == 9:
        pytest.skip("the C library has no such setting")
    return told.stdout
