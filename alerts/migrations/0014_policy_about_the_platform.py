"""Admins are told, in the app and by mail, when something is wrong with the platform itself."""

from __future__ import annotations

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

NAME = "The platform itself"


def policy_make(apps: Apps, editor: BaseDatabaseSchemaEditor) -> None:
    policies = apps.get_model("alerts", "AlertPolicy").objects
    taken = policies.filter(name=NAME).exists()
    policies.create(
        name=f"{NAME} (VMS)" if taken else NAME, about="system", roles=["admin"], channels=["in_app", "email"]
    )


def policy_remove(apps: Apps, editor: BaseDatabaseSchemaEditor) -> None:
    """Alerts of the platform itself cannot stand in the tables of before."""
    apps.get_model("alerts", "Alert").objects.filter(event=None).delete()
    apps.get_model("alerts", "AlertPolicy").objects.filter(about="system").delete()


class Migration(migrations.Migration):
    dependencies = [("alerts", "0013_system_alerts")]
    operations = [migrations.RunPython(policy_make, policy_remove)]
