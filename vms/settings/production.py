"""The settings a site runs with."""

from vms.settings.base import *  # noqa: F403
