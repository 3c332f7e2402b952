"""Roles, and what each may do."""

from django.db import models


class Role(models.TextChoices):
    ADMIN = "admin", "Admin"
    SUPERVISOR = "supervisor", "Supervisor"
    VIEWER = "viewer", "Viewer"
