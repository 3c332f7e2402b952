"""Setting up endpoints on their pages."""

from __future__ import annotations

import json
import re

import pytest
from django.conf import LazySettings
from django.core.cache import cache
from django.test import Client

from alerts.channels.webhook.setup import WebhookForm
from alerts.endpoints import endpoint_key_turn, endpoint_update
from alerts.models import Endpoint, EndpointHealth
from alerts.trials import MOST_PER_MINUTE
from tests.alerts.channels.endpoints import make_delivery, make_webhook
from tests.alerts.scenes import camera_of, grant, make_user
from tests.outbound.receiver import Receiver, answer
from vms.accounts.choices import Role
from vms.accounts.models import User
from vms.audit.models import AuditEntry

pytestmark = pytest.mark.django_db

LIST = "/alerts/endpoints/"
WEBHOOK = {"name": "Desk", "url": "https://hooks.example/very-secret", "seconds": "5", "enabled": "on"}
CHAT = {"name": "Chat", "url": "tgram://very-secret-token/chat", "seconds": "5", "enabled": "on"}
MQTT = {
    "name": "Plant",
    "url": "mqtts://broker.example",
    "topic": "a/{site}",
    "seconds": "5",
    "password": "very-secret",
}


@pytest.fixture(autouse=True)
def no_counts() -> None:
    cache.clear()


def client_of(role: Role, name: str = "") -> Client:
    client = Client()
    client.force_login(make_user(name or role.value, role=role))
    return client


@pytest.fixture
def admin() -> Client:
    return client_of(Role.ADMIN)


@pytest.mark.parametrize(("kind", "values"), [("webhook", WEBHOOK), ("apprise", CHAT), ("mqtt", MQTT)])
def test_an_admin_sets_one_up_and_its_secret_is_shown_nowhere(admin: Client, kind: str, values: dict[str, str]) -> None:
    page = admin.post(f"{LIST}new/{kind}", values, follow=True)
    endpoint = Endpoint.objects.get()
    assert endpoint.kind == kind
    assert "very-secret" in json.dumps(endpoint.secrets)
    shown = page.content.decode() + admin.get(LIST).content.decode() + json.dumps(endpoint.settings)
    shown += str(list(AuditEntry.objects.values_list("detail", flat=True)))
    assert endpoint.name in shown
    assert "very-secret" not in shown


def test_an_empty_secret_keeps_the_stored_one(admin: Client) -> None:
    endpoint = make_webhook("https://hooks.example/first")
    admin.post(f"{LIST}{endpoint.id}/", {"name": "New name", "url": "", "seconds": "7", "enabled": "on"})
    endpoint.refresh_from_db()
    assert (endpoint.name, endpoint.settings["seconds"]) == ("New name", 7)
    assert endpoint.secrets["url"] == "https://hooks.example/first"


@pytest.mark.parametrize("url", ["", "http://user:word@hooks.example/", "ftp://hooks.example/", "http://2130706433/"])
def test_an_address_that_cannot_be_used_is_refused_with_a_sentence(admin: Client, url: str) -> None:
    page = admin.post(f"{LIST}new/webhook", {**WEBHOOK, "url": url})
    assert page.status_code == 422
    assert 'class="errors"' in page.content.decode()
    assert not Endpoint.objects.exists()


def test_a_name_is_taken_once(admin: Client) -> None:
    make_webhook("https://hooks.example/", name="Desk")
    assert admin.post(f"{LIST}new/webhook", WEBHOOK).status_code == 422


def test_a_new_key_is_shown_once_and_the_old_one_signs_beside_it(admin: Client) -> None:
    endpoint = make_webhook("https://hooks.example/")
    (old,) = endpoint.secrets["keys"]
    page = admin.post(f"{LIST}{endpoint.id}/key").content.decode()
    shown = re.findall(r"whsec_[A-Za-z0-9+/=]+", page)
    endpoint.refresh_from_db()
    assert endpoint.secrets["keys"] == [shown[0], old]
    assert "whsec_" not in admin.get(f"{LIST}{endpoint.id}/").content.decode()
    admin.post(f"{LIST}{endpoint.id}/old-key")
    endpoint.refresh_from_db()
    assert endpoint.secrets["keys"] == shown


def test_a_key_that_was_made_while_somebody_edited_stays(admin: Client) -> None:
    admin.post(f"{LIST}new/webhook", WEBHOOK)
    boss, endpoint = User.objects.get(), Endpoint.objects.get()
    form = WebhookForm(WEBHOOK, endpoint=endpoint)
    assert form.is_valid()
    key = endpoint_key_turn(user=boss, endpoint=endpoint)
    endpoint_update(user=boss, endpoint=endpoint, form=form)
    assert Endpoint.objects.get().secrets["keys"][0] == key


@pytest.mark.parametrize("taken", [True, False])
def test_a_test_shows_the_true_answer(admin: Client, receiver: Receiver, taken: bool) -> None:
    endpoint = make_webhook(receiver.url)
    receiver.behaviours = [] if taken else [answer(403, b"wrong <b>key</b>")]
    page = admin.post(f"{LIST}{endpoint.id}/test").content.decode()
    assert ("The test was taken." in page, "The test was not taken." in page) == (taken, not taken)
    assert ("Taken with 200." if taken else "Answered 403: wrong &lt;b&gt;key&lt;/b&gt;") in page
    assert json.loads(receiver.received[0].body)["type"] == "test"


def test_a_test_that_is_taken_closes_the_breaker(admin: Client, receiver: Receiver) -> None:
    endpoint = make_webhook(receiver.url)
    EndpointHealth.objects.create(endpoint=endpoint, failures_in_row=3)
    admin.post(f"{LIST}{endpoint.id}/test")
    assert EndpointHealth.objects.get().failures_in_row == 0


def test_tests_are_few(admin: Client, receiver: Receiver) -> None:
    endpoint = make_webhook(receiver.url)
    codes = [admin.post(f"{LIST}{endpoint.id}/test").status_code for _ in range(MOST_PER_MINUTE + 1)]
    assert codes == [200] * MOST_PER_MINUTE + [429]
    assert len(receiver.received) == MOST_PER_MINUTE


def test_what_was_told_something_is_switched_off_and_not_deleted(admin: Client) -> None:
    endpoint = make_webhook("https://hooks.example/")
    make_delivery(endpoint)
    assert admin.post(f"{LIST}{endpoint.id}/delete").status_code == 409
    other = make_webhook("https://hooks.example/", name="Other")
    admin.post(f"{LIST}{other.id}/delete")
    assert list(Endpoint.objects.all()) == [endpoint]


def test_a_supervisor_looks_and_tests_and_changes_nothing(receiver: Receiver) -> None:
    supervisor, endpoint = client_of(Role.SUPERVISOR), make_webhook(receiver.url)
    page = supervisor.get(f"{LIST}{endpoint.id}/").content.decode()
    assert "Send a test" in page
    assert 'name="url"' not in page
    assert supervisor.post(f"{LIST}{endpoint.id}/test").status_code == 200
    for address in ("", "key", "old-key", "delete"):
        assert supervisor.post(f"{LIST}{endpoint.id}/{address}", WEBHOOK).status_code == 403
    assert supervisor.get(f"{LIST}new/webhook").status_code == 403


def test_a_supervisor_sees_what_an_endpoint_was_told_of_their_own_cameras_alone() -> None:
    supervisor, endpoint = client_of(Role.SUPERVISOR), make_webhook("https://hooks.example/")
    delivery = make_delivery(endpoint)
    message = delivery.alert.message
    assert message not in supervisor.get(f"{LIST}{endpoint.id}/").content.decode()
    grant(User.objects.get(role=Role.SUPERVISOR), camera_of(delivery.alert))
    assert message in supervisor.get(f"{LIST}{endpoint.id}/").content.decode()


def test_for_a_viewer_there_are_none() -> None:
    viewer, endpoint = client_of(Role.VIEWER), make_webhook("https://hooks.example/")
    for address in (LIST, f"{LIST}{endpoint.id}/", f"{LIST}new/webhook"):
        assert viewer.get(address).status_code == 404
    for deed in ("test", "key", "old-key", "delete"):
        assert viewer.post(f"{LIST}{endpoint.id}/{deed}").status_code == 404


def test_what_another_key_sealed_is_said_and_can_be_written_anew(admin: Client, settings: LazySettings) -> None:
    endpoint = make_webhook("https://hooks.example/")
    settings.SECRET_KEY = "another-key-" * 5
    admin = client_of(Role.ADMIN, "second")
    page = admin.post(f"{LIST}{endpoint.id}/test").content.decode()
    assert "cannot be read with this VMS_SECRET_KEY" in page
    assert admin.post(f"{LIST}{endpoint.id}/", WEBHOOK).status_code == 302
    endpoint.refresh_from_db()
    assert endpoint.secrets["url"] == WEBHOOK["url"]
