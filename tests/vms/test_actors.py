"""Every actor is loaded with the platform: one that is not would never be done, whoever asks for it."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.conf import settings

from vms.apps import WITH_ACTORS

ROOT = Path(settings.BASE_DIR)
MODULES = sorted(
    ".".join(path.relative_to(ROOT).with_suffix("").parts)
    for app in ("vms", "cameras", "events", "alerts", "rules", "reports", "workers")
    for path in (ROOT / app).rglob("*.py")
    if "runtime" not in path.parts and "@dramatiq.actor" in path.read_text(encoding="utf-8")
)


@pytest.mark.parametrize("module", MODULES)
def test_a_module_with_actors_is_loaded_with_the_platform(module: str) -> None:
    assert module in WITH_ACTORS
