"""Runs the orchestrator of live cameras: `manage.py orchestrate`. Of several, one works and the others wait."""

from __future__ import annotations

import signal
from typing import Any

from django.core.management.base import BaseCommand

from workers.services.orchestrating import Orchestrator


class Command(BaseCommand):
    help = "Spreads the live cameras over the workers and keeps them watched. Of several processes one works."

    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ANN401  Django's signature
        orchestrator = Orchestrator()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: orchestrator.stop())
        orchestrator.run()
