"""Every actor is loaded with the platform, or it would never be done, and says how long it may wait and take."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.conf import settings

from vms.apps import WITH_ACTORS
from vms.broker import tasks_broker

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


@pytest.mark.parametrize("name", sorted(tasks_broker.get_declared_actors()))
def test_an_actor_says_how_long_it_may_wait_and_take_and_is_not_retried_behind_our_back(name: str) -> None:
    options = tasks_broker.get_actor(name).options
    assert {"time_limit", "max_age"} <= options.keys()
    assert options["max_retries"] == 0
