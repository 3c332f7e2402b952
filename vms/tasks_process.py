"""Entry point of the tasks host: ``dramatiq vms.tasks_process:broker``."""

import os

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "vms.settings.production")
django.setup()

from vms.broker import tasks_broker as broker  # noqa: E402  the broker needs Django's settings
from vms.memory import keep_memory_level  # noqa: E402

keep_memory_level()

__all__ = ["broker"]
