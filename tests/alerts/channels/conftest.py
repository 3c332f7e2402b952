"""Receivers on this machine, and the permission to send to them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.conf import LazySettings

from tests.outbound.fixtures import connections, names
from tests.outbound.receiver import Receiver, running_receiver

__all__ = ["connections", "names", "receiver"]


@pytest.fixture
def receiver(settings: LazySettings) -> Iterator[Receiver]:
    settings.OUTBOUND_NETWORKS = ("127.0.0.1/32",)
    with running_receiver() as receiver:
        yield receiver
