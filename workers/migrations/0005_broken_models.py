"""Which of its further models a node could not load."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("workers", "0004_further_models")]
    operations = [
        migrations.AddField(
            model_name="workernode",
            name="broken_models",
            field=models.JSONField(
                default=dict,
                editable=False,
                help_text="Of the further models those that it could not load, with the reasons.",
            ),
        )
    ]
