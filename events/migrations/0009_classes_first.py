from django.db import migrations, models


class Migration(migrations.Migration):
    """Each class is looked up once, no longer once for every camera."""

    dependencies = [("events", "0008_exports")]

    operations = [
        migrations.AddIndex(
            model_name="event", index=models.Index(fields=["class_name", "camera"], name="event_classes")
        ),
        migrations.RemoveIndex(model_name="event", name="event_classes_by_camera"),
    ]
