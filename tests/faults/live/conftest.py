"""One fleet for most of the tests here: each of them must leave it as it found it."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.faults.live.fleet import Fleet, running_fleet
from tests.faults.live.judging import OPENING_SECONDS, Judge


@contextmanager
def temporary_fleet(logs: Path, *, cameras: int, **settings: str) -> Iterator[Fleet]:
    """The logs stay when it is gone, as long as pytest keeps them."""
    with tempfile.TemporaryDirectory(prefix="vms-fleet-") as name:
        folder = Path(name)
        folder.chmod(0o711)  # as root, the servers' own account must be able to enter
        with running_fleet(folder, logs, cameras=cameras, **settings) as started:
            yield started


@pytest.fixture(scope="package")
def fleet(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fleet]:
    with temporary_fleet(tmp_path_factory.mktemp("fleet"), cameras=6) as started:
        yield started


@pytest.fixture(scope="package")
def judge(fleet: Fleet) -> Judge:
    return Judge.learnt(fleet)


@pytest.fixture(scope="module")
def looking_fleet(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fleet]:
    """Its hosts look as those with weights do: a gate, regions of several cameras on one canvas, a few in flight."""
    logs = tmp_path_factory.mktemp("looking-fleet")
    with temporary_fleet(logs, cameras=4, VMS_TEST_DETECTOR="colour", VMS_STALL_SECONDS="5") as started:
        yield started


@pytest.fixture(scope="module")
def looking_judge(looking_fleet: Fleet) -> Judge:
    return Judge.learnt(looking_fleet)


@pytest.fixture(autouse=True)
def _everybody_is_back(request: pytest.FixtureRequest) -> Iterator[None]:
    names = [name for name in ("fleet", "looking_fleet") if name in request.fixturenames]
    fleets: list[Fleet] = [request.getfixturevalue(name) for name in names]
    yield
    for fleet in fleets:
        fleet.restore()
        fleet.wait_until_answering(120)
        fleet.forget_troubles()
        fleet.wait_until_watched(120)
        fleet.calm_since = time.time() + OPENING_SECONDS
