"""The platform's own rules stand there before their first event, so that alert policies can name them."""

from django.db import migrations

NAMES = {"camera_offline": "Camera offline", "camera_frozen": "Camera frozen"}


def make(apps, schema_editor):
    Rule = apps.get_model("rules", "Rule")
    for code, name in NAMES.items():
        taken = Rule.objects.filter(name=name).exists()
        Rule.objects.get_or_create(system=code, defaults={"name": f"{name} (VMS)" if taken else name})


def unmake(apps, schema_editor):
    """Those with events stay: events never lose their rule."""
    apps.get_model("rules", "Rule").objects.filter(system__in=NAMES, events__isnull=True).delete()


class Migration(migrations.Migration):
    dependencies = [("rules", "0002_system_rules"), ("events", "0003_live_events")]
    operations = [migrations.RunPython(make, unmake)]
