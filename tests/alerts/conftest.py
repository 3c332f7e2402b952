"""A mail server for the tests that need one."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.conf import LazySettings

from tests.alerts.smtp_sink import Sink, running_sink


@pytest.fixture
def sink(settings: LazySettings) -> Iterator[Sink]:
    with running_sink(settings) as sink:
        yield sink
