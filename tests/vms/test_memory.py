"""What the server processes do with memory, each begun as its entry point begins it."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import pytest

from tests.faults.running import REPOSITORY

WEB = "from vms.web_process import alone; alone()"
TASKS = "import vms.tasks_process"
LOOK = """
import ctypes, gc, json, sys, threading, time
import psutil
libc = ctypes.CDLL(None)
if not hasattr(libc, "mallopt"):
    sys.exit(9)
libc.malloc.restype = libc.fopen.restype = ctypes.c_void_p
told = {"code": gc.get_freeze_count()}

# Of what requests leave, some stays and some is garbage.
before = gc.get_stats()[2]["collections"]
kept = []
for number in range(120_000):
    circle = []
    circle.append(circle)
    if number % 5 == 0:
        kept.append(circle)
told["kept"], told["looked_through"] = len(kept), gc.get_stats()[2]["collections"] - before

def resident():
    return psutil.Process().memory_info().rss

filled, looked = threading.Barrier(21), threading.Barrier(21)
checked = threading.Event()

def answer():
    blocks = []
    for _ in range(50):
        blocks += [libc.malloc(100_000), libc.malloc(100)]
        ctypes.memset(blocks[-2], 1, 100_000)
    filled.wait()
    looked.wait()
    for block in blocks[::2]:
        libc.free(ctypes.c_void_p(block))
    checked.wait()

threads = [threading.Thread(target=answer) for _ in range(20)]
[thread.start() for thread in threads]
filled.wait()
full = resident()
looked.wait()
until = time.monotonic() + 90
while full - resident() < 50_000_000 and time.monotonic() < until:
    time.sleep(0.05)
told["given_back"] = full - resident()
listing = libc.fopen(sys.argv[1].encode(), b"w")
libc.malloc_info(0, ctypes.c_void_p(listing))
libc.fclose(ctypes.c_void_p(listing))
told["heaps"] = open(sys.argv[1]).read().count("<heap nr=")
print(json.dumps(told), flush=True)
checked.set()
"""


@pytest.fixture(scope="module", params=[WEB, TASKS], ids=["web", "tasks"])
def told(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    listing = tmp_path_factory.mktemp("memory") / "heaps.xml"
    done = subprocess.run(
        [sys.executable, "-c", request.param + LOOK, str(listing)],
        cwd=REPOSITORY, capture_output=True, text=True, timeout=240, check=False,
    )  # fmt: skip
    if done.returncode == 9:
        pytest.skip("the C library has no such setting")
    assert done.returncode == 0, done.stderr
    return dict(json.loads(done.stdout.splitlines()[-1]))


def test_garbage_is_looked_for_long_before_there_is_as_much_as_a_quarter_of_the_code(told: dict[str, Any]) -> None:
    assert told["kept"] < told["code"] / 4
    assert told["looked_through"] > 0


def test_what_many_threads_have_freed_between_things_that_stay_is_given_back(told: dict[str, Any]) -> None:
    assert told["given_back"] >= 50_000_000


def test_however_many_threads_there_are_they_share_two_heaps(told: dict[str, Any]) -> None:
    assert told["heaps"] == 2
