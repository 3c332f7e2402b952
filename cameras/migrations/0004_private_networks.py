"""A fresh installation may look for cameras in private networks; an admin adds others, or takes these away."""

from django.db import migrations

NOTE = "Private addresses, allowed from the start"
NETWORKS = ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7")


def add(apps, schema_editor):
    networks = apps.get_model("cameras", "CameraNetwork")
    for network in NETWORKS:
        networks.objects.get_or_create(network=network, defaults={"note": NOTE})


def remove(apps, schema_editor):
    apps.get_model("cameras", "CameraNetwork").objects.filter(network__in=NETWORKS, note=NOTE).delete()


class Migration(migrations.Migration):
    dependencies = [("cameras", "0003_live_cameras")]
    operations = [migrations.RunPython(add, remove)]
