"""One fleet for all tests of a module: each of them must leave it as it found it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.faults.live.fleet import Fleet, running_fleet
from tests.faults.live.judging import Judge


@pytest.fixture(scope="module")
def fleet(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fleet]:
    folder = tmp_path_factory.mktemp("fleet")
    for parent in (folder, *folder.parents[:3]):
        parent.chmod(parent.stat().st_mode | 0o011)  # as root, the servers' own account must be able to enter
    with running_fleet(folder) as started:
        yield started


@pytest.fixture(scope="module")
def judge(fleet: Fleet) -> Judge:
    return Judge.learnt(fleet)


@pytest.fixture(autouse=True)
def _everybody_is_back(fleet: Fleet) -> Iterator[None]:
    yield
    fleet.wait_until_watched(90)
