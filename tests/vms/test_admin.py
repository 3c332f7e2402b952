"""The admin: a page for every model, found by searching, in a number of queries that does not grow."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.contrib import admin
from django.contrib.admin import ModelAdmin
from django.db import connection, models
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from cameras.models import Camera, Recording, Site
from rules.models import Rule
from vms.accounts.models import User
from workers.models import Job

pytestmark = pytest.mark.django_db

OUR_APPS = {"accounts", "audit", "cameras", "events", "alerts", "rules", "reports", "workers"}
SHOWN_INSIDE_ANOTHER = {
    "accounts.session",  # its key would sign anybody in
    "cameras.zone",
    "cameras.camerauserpermission",
    "cameras.cameragrouppermission",
    "rules.backtestcamera",
    "rules.backtesthit",  # the back-test's page lists them
    "rules.ruleversion",
    "rules.ruleoverride",
    "workers.chunk",
    "workers.streamlease",
    "workers.streamsnapshot",
    "workers.toldconfig",
    "events.clip",
    "events.eventalias",
    "events.eventread",  # what people have seen is theirs
    "events.readmark",
    "events.reviewbatch",  # the audit trail tells
    "alerts.alertchange",
    "alerts.alertevent",  # the alert's page lists them
    "alerts.allowance",  # counters of the limits
    "alerts.deliveryattempt",
    "alerts.escalationstep",
    "alerts.oncallmember",
    "alerts.policymatch",  # what thresholds count
    "reports.reportfile",
}
DOCUMENT = "name: Stay\nwhen: {type: zone_presence, zone: Floor}\n"


def registered() -> list[tuple[type[models.Model], ModelAdmin]]:
    return [(model, site) for model, site in admin.site._registry.items() if model._meta.app_label in OUR_APPS]


@pytest.fixture
def boss(client: Client) -> Client:
    client.force_login(User.objects.create_superuser("boss", "boss@example.org", "a long password"))
    return client


def test_every_model_has_a_page_in_the_admin() -> None:
    from django.apps import apps

    shown = {model._meta.label_lower for model, _ in registered()} | SHOWN_INSIDE_ANOTHER
    ours = {model._meta.label_lower for model in apps.get_models() if model._meta.app_label in OUR_APPS}
    assert ours - shown == set()


@pytest.mark.parametrize("model", [model for model, _ in registered()], ids=lambda model: model._meta.label_lower)
def test_every_list_opens_and_can_be_searched(boss: Client, model: type[models.Model]) -> None:
    address = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
    assert boss.get(address).status_code == 200
    assert boss.get(address, {"q": "x"}).status_code == 200


def test_the_list_of_jobs_takes_as_many_queries_for_twenty_as_for_one(boss: Client) -> None:
    camera = Camera.objects.create(site=Site.objects.create(name="Depot"), name="Gate")

    def add(count: int) -> None:
        for _ in range(count):
            recording = Recording.objects.create(
                camera=camera, original_name="a.mp4", started_at=timezone.now() - timedelta(hours=1), size_bytes=1
            )
            Job.objects.create(recording=recording)

    def queries() -> int:
        with CaptureQueriesContext(
            connection,
        ) as captured:
            assert boss.get(reverse("admin:workers_job_changelist")).status_code == 200
        return len(captured)

    add(1)
    queries()
    one = queries()
    add(19)
    assert queries() == one


def test_a_rule_made_in_the_admin_has_its_first_version(boss: Client) -> None:
    camera = Camera.objects.create(site=Site.objects.create(name="Depot"), name="Gate")
    answer = boss.post(
        reverse("admin:rules_rule_add"),
        {
            "document": DOCUMENT,
            "enabled": "on",
            "cameras": [camera.id],
            "versions-TOTAL_FORMS": 0,
            "versions-INITIAL_FORMS": 0,
        },
    )
    assert answer.status_code == 302
    rule = Rule.objects.get(name="Stay")
    assert list(rule.cameras.all()) == [camera]
    assert [version.number for version in rule.versions.all()] == [1]


def test_a_rule_edited_in_the_admin_gets_another_version(boss: Client) -> None:
    test_a_rule_made_in_the_admin_has_its_first_version(boss)
    rule = Rule.objects.get(name="Stay")
    form = {
        "document": DOCUMENT + "severity: high\n",
        "enabled": "on",
        "versions-TOTAL_FORMS": 0,
        "versions-INITIAL_FORMS": 0,
    }
    assert boss.post(reverse("admin:rules_rule_change", args=[rule.id]), form).status_code == 302
    assert [version.number for version in rule.versions.all()] == [2, 1]


def test_a_document_that_is_no_rule_is_refused_with_its_faults(boss: Client) -> None:
    answer = boss.post(
        reverse("admin:rules_rule_add"),
        {"document": "name: x", "enabled": "on", "versions-TOTAL_FORMS": 0, "versions-INITIAL_FORMS": 0},
    )
    assert answer.status_code == 200
    assert b"when: is missing" in answer.content


def test_the_address_of_a_camera_is_stored_sealed_and_never_shown(boss: Client) -> None:
    camera = Camera.objects.create(site=Site.objects.create(name="Depot"), name="Gate", source_kind="rtsp")
    address = reverse("admin:cameras_camera_change", args=[camera.id])
    form = {
        "site": camera.site_id,
        "name": "Gate",
        "source_kind": "rtsp",
        "detect_fps": 5,
        "priority": "normal",
        "enabled": "on",
        "new_url": "rtsp://root:hunter2@10.0.0.5/live",
        "zones-TOTAL_FORMS": 0,
        "zones-INITIAL_FORMS": 0,
    }
    assert boss.post(address, form).status_code == 302
    camera.refresh_from_db()
    assert camera.url == "rtsp://root:hunter2@10.0.0.5/live"
    assert "hunter2" not in camera.sealed_url
    assert b"hunter2" not in boss.get(address).content
