from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("alerts", "0005_reasons_of_old_deliveries"),
    ]

    operations = [
        migrations.AddConstraint(
            model_name='delivery',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('state', 'suppressed'), ('reason__in', ['no_permission', 'no_address', 'switched_off', 'preference', 'quiet', 'holiday', 'throttled', 'digest', 'duplicate', 'closed'])), models.Q(models.Q(('state', 'suppressed'), _negated=True), ('reason', '')), _connector='OR'), name='delivery_suppressed_has_reason'),
        ),
    ]
