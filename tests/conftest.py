"""For every test: pages speak the languages that the sources have."""

from __future__ import annotations

import pytest

from vms.translations.catalogs import catalogs_compile


def pytest_configure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput"):  # once, before xdist's processes start
        catalogs_compile()
