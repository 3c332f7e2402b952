"""Writing a site's own words for messages."""

from __future__ import annotations

import pytest
from django.test import Client

from alerts.choices import Channel
from alerts.deliveries import delivery_send
from alerts.models import MessageTemplate
from alerts.services import alert_raise_for_event
from tests.alerts.scenes import grant, make_camera, make_event, make_policy, make_user
from tests.alerts.smtp_sink import Sink
from vms.accounts.choices import Role

pytestmark = pytest.mark.django_db

PAGE = "/alerts/templates/webhook/de/"
WORDS = {"subject": "{camera} meldet", "body": "Am {date}: {message|upper}"}


@pytest.fixture
def admin() -> Client:
    client = Client()
    client.force_login(make_user("root", role=Role.ADMIN))
    return client


def test_words_are_shown_with_the_newest_event_before_they_are_saved(admin: Client) -> None:
    make_event(make_camera())
    page = admin.post(PAGE, {**WORDS, "look": ""}).content.decode()
    assert "Gate 2 meldet" in page
    assert "Am 14. Juli 2026: PERSON IN YARD: PERSON AT GATE 2" in page
    assert not MessageTemplate.objects.exists()


def test_words_are_saved_and_taken_back(admin: Client) -> None:
    admin.post(PAGE, {**WORDS, "save": ""})
    assert MessageTemplate.objects.get().subject == "{camera} meldet"
    admin.post(PAGE, {**WORDS, "body": "{site}", "save": ""})
    assert MessageTemplate.objects.get().body == "{site}"
    admin.post(PAGE, {"back": ""})
    assert not MessageTemplate.objects.exists()


@pytest.mark.parametrize("field", ["subject", "body"])
def test_words_that_cannot_be_filled_are_refused_beside_their_field(admin: Client, field: str) -> None:
    answer = admin.post(PAGE, {**WORDS, field: "{camera.password}", "save": ""})
    assert answer.status_code == 422
    assert "Line 1: {camera.password} cannot be read." in answer.content.decode()
    assert not MessageTemplate.objects.exists()


def test_markup_in_words_and_names_is_shown_as_text(admin: Client) -> None:
    make_event(make_camera("<img src=x>"))
    page = admin.post(PAGE, {"subject": "<script>1</script>{camera}", "body": "x", "look": ""}).content.decode()
    assert "<script>1" not in page
    assert "<img src=x>" not in page


def test_without_an_event_there_is_a_made_up_one(admin: Client) -> None:
    assert "Test message" in admin.get(PAGE).content.decode()


def test_a_channel_and_a_language_are_chosen_from_lists(admin: Client) -> None:
    answer = admin.get("/alerts/templates/", {"channel": "webhook", "language": "de"})
    assert answer["Location"] == PAGE
    assert admin.get("/alerts/templates/", {"channel": "pigeon", "language": "de"}).status_code == 200


@pytest.mark.parametrize("address", ["webhook/xx-none/", "in_app/en/", "pigeon/en/"])
def test_other_channels_and_languages_are_not_found(admin: Client, address: str) -> None:
    assert admin.get(f"/alerts/templates/{address}").status_code == 404


def test_only_an_admin_writes_words() -> None:
    client = Client()
    client.force_login(make_user("super", role=Role.SUPERVISOR))
    assert client.get("/alerts/templates/").status_code == 403
    assert client.post(PAGE, {**WORDS, "save": ""}).status_code == 403


def test_a_person_chooses_the_language_and_gets_the_words_in_it(sink: Sink) -> None:
    MessageTemplate.objects.create(channel="email", language="de", subject="{camera} meldet", body="{message}")
    user, camera = make_user(), make_camera()
    grant(user, camera)
    make_policy(user, channels=(Channel.EMAIL,))
    client = Client()
    client.force_login(user)
    wish = {"least_severity": "low", "digest_minutes": "0", "time_zone": "UTC", "language": "de", "enabled": "on"}
    posted = {"channel": "email", **{f"email-{name}": value for name, value in wish.items()}}
    assert client.post("/account/messages/", posted).status_code == 302
    (alert,) = alert_raise_for_event(event=make_event(camera))
    delivery_send(delivery_id=alert.deliveries.get().id)
    assert sink.messages[0]["Subject"] == "Gate 2 meldet"
