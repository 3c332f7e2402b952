"""The sentences of a message."""

from __future__ import annotations

from dataclasses import replace

import pytest

from alerts.choices import Channel
from alerts.models import Delivery, MessageTemplate
from alerts.wording.digest import notice_of_any
from alerts.wording.notice import NAMES, notice_for_test, notice_of_alert
from alerts.wording.words import Words, words_for
from tests.alerts.channels.endpoints import make_alert, make_delivery, make_endpoint
from tests.alerts.scenes import camera_of

pytestmark = pytest.mark.django_db


def test_without_a_template_vms_has_words_of_its_own() -> None:
    words = words_for(Channel.WEBHOOK, notice_of_alert(make_alert()))
    assert words.subject == "[High] Person in Yard \N{EN DASH} Gate 2, 14:03"
    assert words.body.splitlines()[0] == "Person in Yard: person at Gate 2"


def test_a_template_of_the_channel_and_language_is_used() -> None:
    MessageTemplate.objects.create(channel="webhook", language="de", subject="{camera} meldet", body="Am {date}")
    notice = notice_of_alert(make_alert())
    german = replace(notice, language="de")
    assert words_for(Channel.WEBHOOK, german) == Words("Gate 2 meldet", "Am 14. Juli 2026")
    assert words_for(Channel.WEBHOOK, notice).subject.startswith("[High]")


@pytest.mark.parametrize("body", ["{camera|gone}", "{camera|short:x}", "{"])
def test_a_template_that_broke_keeps_no_message_back(body: str) -> None:
    MessageTemplate.objects.create(channel="webhook", language="en", subject="{camera}", body=body)
    words = words_for(Channel.WEBHOOK, notice_of_alert(make_alert()))
    assert "Gate 2" in words.subject + words.body


def test_names_stay_on_the_line_on_which_they_stand() -> None:
    MessageTemplate.objects.create(channel="webhook", language="en", subject="{camera}", body="{camera}\n{site}")
    alert = make_alert()
    camera_of(alert).name = "Gate\r\nBcc: spy@example.org\N{LINE SEPARATOR}x\x00"
    words = words_for(Channel.WEBHOOK, notice_of_alert(alert))
    assert words.subject == "Gate Bcc: spy@example.org x"
    assert words.body == "Gate Bcc: spy@example.org x\nHarbour"


def test_every_name_has_a_text() -> None:
    assert set(notice_for_test().texts()) == set(NAMES)


def test_a_digest_says_how_many_and_the_first_of_them() -> None:
    chat = make_endpoint("apprise", {}, {})
    digest = make_delivery(chat)
    for _ in range(11):
        Delivery.objects.filter(id=make_delivery(chat, make_alert()).id).update(digest=digest)
    words = words_for(Channel.APPRISE, notice_of_any(digest))
    assert words.subject == "12 alerts"
    lines = words.body.splitlines()
    assert lines[0] == "High: Person in Yard: person at Gate 2"
    assert lines[-2:] == ["and 2 more", "http://127.0.0.1:8000/alerts/"]
