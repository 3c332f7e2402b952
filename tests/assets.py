"""Finds the footage and weights that tests use; they are never part of the repository."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[1]


def asset_path(name: str) -> Path:
    """The asset's place. Where it is missing the test is skipped, or fails when CI is set."""
    folder = Path(os.environ.get("VMS_TEST_ASSETS", REPOSITORY.parent / "shared" / "assets"))
    path = folder / name
    if path.exists():
        return path
    sentence = f"The test asset {name} is not in {folder}; set VMS_TEST_ASSETS."
    if os.environ.get("CI") == "true":
        pytest.fail(sentence)
    pytest.skip(sentence)
