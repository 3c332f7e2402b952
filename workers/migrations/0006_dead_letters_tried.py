"""Who sent a dead letter again last, and when: it failed again and is still kept."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ("workers", "0005_broken_models"),
    ]
    operations = [
        migrations.AddField(
            model_name="deadletter",
            name="tried_at",
            field=models.DateTimeField(
                blank=True, editable=False, help_text="When somebody sent it again and it failed again.", null=True
            ),
        ),
        migrations.AddField(
            model_name="deadletter",
            name="tried_by",
            field=models.ForeignKey(
                blank=True,
                editable=False,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
    ]
