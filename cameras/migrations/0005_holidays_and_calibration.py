"""What rules may need to know of a place: the site's holidays, and the ground's scale in a camera's picture."""

from django.db import migrations, models

import cameras.surroundings


class Migration(migrations.Migration):
    dependencies = [("cameras", "0004_private_networks")]

    operations = [
        migrations.AddField(
            model_name="site",
            name="holidays",
            field=models.JSONField(
                blank=True,
                default=list,
                help_text='Days as ["2026-12-25", …]: rules may treat them otherwise than their day of the week.',
                validators=[cameras.surroundings.validate_holidays],
            ),
        ),
        migrations.AddField(
            model_name="camera",
            name="calibration",
            field=models.JSONField(
                blank=True,
                help_text="Four points of the picture and where they lie on the ground in metres, for rules that "
                'measure: {"points": [[x, y], …], "metres": [[east, north], …]}.',
                null=True,
                validators=[cameras.surroundings.validate_calibration],
            ),
        ),
    ]
