"""``manage.py prepare_instance``: all that one machine needs before its processes start, in one go and repeatable."""

from __future__ import annotations

import os
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand

from alerts.channels.web_push.sealing import push_key
from vms.embedded.static_files import collect_if_changed


class Command(BaseCommand):
    help = "Migrate, seed the demo site, make the push key, register this worker, collect static files (`make run`)."
    # CI has run them; here they would cost seconds of every start.
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ANN401  Django's signature
        call_command("migrate", verbosity=0, skip_checks=True)
        call_command("seed_demo", skip_checks=True, stdout=self.stdout)
        call_command("node", "create", os.environ["VMS_NODE_NAME"], token_from_env=True, skip_checks=True)
        push_key()
        collect_if_changed(settings.DATA_DIR, self._collect)

    def _collect(self) -> None:
        # src/ holds what the style sheet is built from; pages never ask for it.
        call_command("collectstatic", interactive=False, clear=True, verbosity=0, ignore_patterns=["src"])
