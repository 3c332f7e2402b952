"""The real model, for the test on footage."""

from __future__ import annotations

from tests.runtime.conftest import detector, installed_models

__all__ = ["detector", "installed_models"]
