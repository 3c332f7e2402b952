"""What the mail says."""

from __future__ import annotations

import io
from email.message import EmailMessage
from pathlib import Path

import pytest
from django.conf import LazySettings
from PIL import Image

from alerts.choices import Channel
from alerts.deliveries import delivery_send
from alerts.services import alert_raise_for_event
from cameras.models import Camera
from events.models import Clip, Event
from tests.alerts.scenes import grant, make_camera, make_event, make_policy, make_user
from tests.alerts.smtp_sink import Sink
from vms.storage.media import media_write

pytestmark = pytest.mark.django_db


def mail_for(event: Event, sink: Sink) -> EmailMessage:
    user = make_user()
    grant(user, event.camera)
    make_policy(user, channels=(Channel.EMAIL,))
    (alert,) = alert_raise_for_event(event=event)
    delivery_send(delivery_id=alert.deliveries.get().id)
    (message,) = sink.messages
    return message


def text_of(message: EmailMessage, kind: str) -> str:
    part = message.get_body((kind,))
    assert part is not None
    content = part.get_content()
    assert isinstance(content, str)
    return content


def test_the_subject_says_how_grave_what_where_and_when_there(sink: Sink) -> None:
    message = mail_for(make_event(make_camera()), sink)
    assert message["Subject"] == "[High] Person in Yard \N{EN DASH} Gate 2, 14:03"


@pytest.mark.parametrize("kind", ["plain", "html"])
def test_the_text_has_the_local_time_with_its_offset_and_the_link(
    sink: Sink, settings: LazySettings, kind: str
) -> None:
    settings.BASE_URL = "https://vms.example.org"
    event = make_event(make_camera())
    text = text_of(mail_for(event, sink), kind)
    assert "Tuesday 14 July 2026, 14:03:00" in text
    assert "UTC+02:00, Europe/Berlin" in text
    assert f"https://vms.example.org/events/{event.id}/" in text


def test_names_cannot_add_headers_or_markup(sink: Sink) -> None:
    camera = make_camera("Gate\r\nBcc: spy@example.org <b>x</b>")
    message = mail_for(make_event(camera, rule="<script>alert(1)</script>"), sink)
    assert message["Bcc"] is None
    assert "\n" not in message["Subject"]
    html = text_of(message, "html")
    assert "<script>" not in html
    assert "<b>x</b>" not in html
    assert "&lt;script&gt;" in html
    assert "<script>alert(1)</script>" in text_of(message, "plain")


def test_long_right_to_left_and_emoji_names_survive(sink: Sink) -> None:
    camera = make_camera("שער 🎥 " + "x" * 58)
    message = mail_for(make_event(camera, message="y" * 500), sink)
    assert "שער 🎥" in message["Subject"]
    assert "y" * 500 in text_of(message, "html")


def test_the_snapshot_stands_in_the_mail_when_it_is_there(sink: Sink, settings: LazySettings, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path
    event = make_event(make_camera())
    jpeg = io.BytesIO()
    Image.new("RGB", (64, 36), "red").save(jpeg, "JPEG")
    media_write("clips/one.jpg", [jpeg.getvalue()])
    Clip.objects.create(event=event, snapshot_name="clips/one.jpg")
    message = mail_for(event, sink)
    (picture,) = [part for part in message.walk() if part.get_content_type() == "image/jpeg"]
    assert picture["Content-ID"] == "<snapshot>"
    assert picture.get_content() == jpeg.getvalue()
    assert 'src="cid:snapshot"' in text_of(message, "html")


@pytest.mark.parametrize("clip", ["none yet", "without a snapshot", "its file is gone"])
def test_the_mail_does_not_wait_for_the_snapshot(sink: Sink, settings: LazySettings, tmp_path: Path, clip: str) -> None:
    settings.MEDIA_ROOT = tmp_path
    event = make_event(Camera.objects.get(id=make_camera().id))
    if clip != "none yet":
        Clip.objects.create(event=event, snapshot_name="gone.jpg" if "gone" in clip else "")
    assert "cid:" not in text_of(mail_for(event, sink), "html")
