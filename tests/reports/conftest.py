"""Media in a folder of the test's own, and a mail server for the tests that need one."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import LazySettings

from tests.alerts.smtp_sink import Sink, running_sink


@pytest.fixture(autouse=True)
def media(settings: LazySettings, tmp_path: Path) -> Path:
    settings.MEDIA_ROOT = tmp_path
    return tmp_path


@pytest.fixture
def sink(settings: LazySettings) -> Iterator[Sink]:
    with running_sink(settings) as sink:
        yield sink
