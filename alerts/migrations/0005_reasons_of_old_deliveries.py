"""Messages that were not sent before there was a reason column get theirs from the words that stand with them."""

from django.db import migrations
from django.db.models import Case, Value, When


def reasons_set(apps, schema_editor):
    deliveries = apps.get_model("alerts", "Delivery").objects
    deliveries.filter(state="suppressed", reason="").update(
        reason=Case(
            When(detail="The recipient has no e-mail address.", then=Value("no_address")),
            default=Value("no_permission"),
        )
    )


class Migration(migrations.Migration):

    dependencies = [
        ("alerts", "0004_targets"),
    ]

    operations = [
        migrations.RunPython(reasons_set, migrations.RunPython.noop),
    ]
