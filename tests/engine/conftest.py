"""The real models, for the tests on footage."""

from __future__ import annotations

from tests.runtime.conftest import detector, further_models, installed_models

__all__ = ["detector", "further_models", "installed_models"]
