"""What a node has installed beside its detector."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("workers", "0003_stream_leases")]
    operations = [
        migrations.AddField(
            model_name="workernode",
            name="further_models",
            field=models.JSONField(default=list, editable=False, help_text="Installed beside the detector."),
        )
    ]
