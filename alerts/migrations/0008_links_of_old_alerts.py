"""Alerts from before repeats were counted have one event: it is linked to them, and its time is theirs."""

from django.db import migrations

LINK = """
INSERT INTO alerts_alertevent (alert_id, event_id, policy_id, linked_at)
SELECT id, event_id, policy_id, raised_at FROM alerts_alert
ON CONFLICT DO NOTHING
"""
TIMES = """
UPDATE alerts_alert SET first_event_at = started_at, last_event_at = started_at
FROM events_event WHERE events_event.id = event_id AND first_event_at IS NULL
"""


class Migration(migrations.Migration):

    dependencies = [
        ("alerts", "0007_policies_groups_and_life_cycle"),
    ]

    operations = [
        migrations.RunSQL(LINK, migrations.RunSQL.noop),
        migrations.RunSQL(TIMES, migrations.RunSQL.noop),
    ]
