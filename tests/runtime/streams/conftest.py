"""A host of streams at a platform of its own."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.runtime.scripted_platform import scripted
from tests.runtime.streams.platform import FleetPlatform, IdleRunners
from workers.runtime.client import PlatformClient
from workers.runtime.contract import NodeRegistered
from workers.runtime.outbox import Outbox
from workers.runtime.settings import NodeSettings
from workers.runtime.streams.host import HostSettings
from workers.runtime.streams.service import StreamService

REGISTERED = NodeRegistered(
    node_id=1, name="north", heartbeat_seconds=5, stream_report_seconds=0.1, stream_lease_seconds=3
)


@dataclass
class Fleet:
    """``service`` is a node's part for live streams, as a process has it."""

    platform: FleetPlatform
    client: PlatformClient
    outbox: Outbox
    runners: IdleRunners
    folder: Path
    service: StreamService = field(init=False)

    def __post_init__(self) -> None:
        self.service = self.another()

    def another(self) -> StreamService:
        """The process after this one, in the same folder."""
        settings = HostSettings(uuid.uuid4(), self.folder / "streams")
        return StreamService(settings, self.client, self.outbox, self.runners)


@contextmanager
def running(folder: Path) -> Iterator[Fleet]:
    platform = FleetPlatform()
    outbox = Outbox(folder, max_entries=1_000, max_bytes=10**9)
    with scripted(platform.answer) as server:
        client = PlatformClient(
            NodeSettings(
                name="north", token="token", internal_url=server.url, redis_url="", models_dir=folder, spool_dir=folder
            )
        )
        fleet = Fleet(platform, client, outbox, IdleRunners(), folder)
        fleet.service.start(REGISTERED)
        yield fleet
        fleet.service.stop(3.0)
    outbox.close()


@pytest.fixture
def fleet(tmp_path: Path) -> Iterator[Fleet]:
    with running(tmp_path) as made:
        yield made
