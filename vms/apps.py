"""Loads the platform: the broker first, then every app's actors, which bind to it."""

from importlib import import_module

from django.apps import AppConfig

APPS_WITH_ACTORS = ("cameras", "events", "alerts", "reports", "workers")


class VmsConfig(AppConfig):
    name = "vms"
    verbose_name = "VMS"

    def ready(self) -> None:
        import_module("vms.broker")
        for app in APPS_WITH_ACTORS:
            import_module(f"{app}.actors")
