"""Versions get a state: the newest of each rule is the one in force, as it was; those before it are retired."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


def settle(apps, schema_editor):
    RuleVersion = apps.get_model("rules", "RuleVersion")
    newest = RuleVersion.objects.order_by("rule_id", "-number").distinct("rule_id").values("id")
    RuleVersion.objects.exclude(id__in=newest).update(state="retired")
    RuleVersion.objects.update(published_at=models.F("created_at"), published_by=models.F("created_by"))
    # What the update leaves to be checked at the end would keep the table from being changed.
    schema_editor.execute("SET CONSTRAINTS ALL IMMEDIATE")


class Migration(migrations.Migration):
    dependencies = [
        ("cameras", "0005_holidays_and_calibration"),
        ("rules", "0003_system_rules_made"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="ruleversion",
            name="state",
            field=models.CharField(
                choices=[("draft", "Draft"), ("published", "In force"), ("retired", "Retired")],
                default="published",
                max_length=16,
            ),
        ),
        migrations.AddField(
            model_name="ruleversion",
            name="note",
            field=models.CharField(blank=True, default="", help_text="Why it was changed.", max_length=300),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name="ruleversion",
            name="based_on",
            field=models.PositiveIntegerField(help_text="The version that the author had before them.", null=True),
        ),
        migrations.AddField(
            model_name="ruleversion",
            name="published_by",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="ruleversion",
            name="published_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.RunPython(settle, migrations.RunPython.noop),
        migrations.AddConstraint(
            model_name="ruleversion",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state", "published")), fields=("rule",), name="rule_version_one_in_force"
            ),
        ),
        migrations.AddConstraint(
            model_name="ruleversion",
            constraint=models.CheckConstraint(
                condition=models.Q(("state__in", ["draft", "published", "retired"])), name="rule_version_state_known"
            ),
        ),
        migrations.CreateModel(
            name="RuleOverride",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("zone", models.CharField(blank=True, max_length=64)),
                ("parameters", models.JSONField(help_text="Values by the names of the document's parameters.")),
                (
                    "camera",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="rule_overrides",
                        to="cameras.camera",
                    ),
                ),
                (
                    "rule",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="overrides", to="rules.rule"
                    ),
                ),
            ],
            options={
                "ordering": ["rule", "camera", "zone"],
                "constraints": [
                    models.UniqueConstraint(fields=("rule", "camera", "zone"), name="rule_override_unique")
                ],
            },
        ),
    ]
