"""Fixtures of every test that tries the way out."""

from __future__ import annotations

import pytest

from tests.outbound.forbidden import Connections, Names


@pytest.fixture
def connections(monkeypatch: pytest.MonkeyPatch) -> Connections:
    return Connections(monkeypatch)


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch) -> Names:
    return Names(monkeypatch)
