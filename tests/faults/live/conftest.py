"""One fleet for all tests of a module: each of them must leave it as it found it."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults.live.fleet import Fleet, running_fleet
from tests.faults.live.judging import Judge


@pytest.fixture(scope="module")
def fleet() -> Iterator[Fleet]:
    with tempfile.TemporaryDirectory(prefix="vms-fleet-") as name:
        folder = Path(name)
        folder.chmod(0o711)  # as root, the servers' own account must be able to enter
        with running_fleet(folder) as started:
            yield started


@pytest.fixture(scope="module")
def judge(fleet: Fleet) -> Judge:
    return Judge.learnt(fleet)


@pytest.fixture(autouse=True)
def _everybody_is_back(fleet: Fleet) -> Iterator[None]:
    yield
    fleet.restore()
    fleet.wait_until_watched(90)
