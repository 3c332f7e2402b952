"""Loads the platform: the broker first, then every app's actors, which bind to it."""

from importlib import import_module

from django.apps import AppConfig

from vms.database import moments_read_fast

WITH_ACTORS = (
    "cameras.actors",
    "events.actors",
    "alerts.actors",
    "alerts.sweeps",
    "reports.actors",
    "rules.actors",
    "workers.actors",
)


class VmsConfig(AppConfig):
    name = "vms"
    verbose_name = "VMS"

    def ready(self) -> None:
        moments_read_fast()
        import_module("vms.broker")
        for module in WITH_ACTORS:
            import_module(module)
