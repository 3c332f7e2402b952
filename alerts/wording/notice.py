"""The facts that a message is made of, whichever channel carries it."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils import timezone, translation
from django.utils.formats import date_format
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from alerts.choices import AlertState
from alerts.models import Alert, Delivery, Preference
from events.choices import Severity
from events.models import Event

DEFAULT_LANGUAGE = "en"
NAMES = {
    "severity": _("how grave it is, such as High"),
    "rule": _("the rule's name"),
    "message": _("what the event says"),
    "camera": _("the camera's name"),
    "site": _("the site's name"),
    "class": _("what was seen, such as person"),
    "policy": _("the alert policy's name"),
    "date": _("the day, in the site's zone"),
    "time": _("the time, in the site's zone"),
    "zone": _("that zone and its offset"),
    "state": _("the alert's state"),
    "url": _("the event's page"),
}
"""What templates may name."""


@dataclass(frozen=True, slots=True)
class Notice:
    """One message. ``id`` is its identity everywhere: the delivery's."""

    id: uuid.UUID
    kind: Literal["alert", "digest", "test"]
    alert_id: uuid.UUID | None
    event_id: uuid.UUID | None
    severity: Severity
    state: AlertState
    rule: str
    message: str
    camera_id: int | None
    camera: str
    site: str
    class_name: str
    policy: str
    started_at: datetime
    time_zone: str
    url: str
    text: str = ""
    """Of a digest: its lines. Other messages are made by templates."""
    language: str = DEFAULT_LANGUAGE

    def texts(self) -> dict[str, str]:
        """The texts that a template's names stand for, on one line each."""
        at = self.started_at.astimezone(ZoneInfo(self.time_zone))
        offset = f"{at:%z}"
        with translation.override(self.language):
            day, hour = date_format(at, "DATE_FORMAT"), date_format(at, "H:i")
            severity, state = str(self.severity.label), str(self.state.label)
        texts = {
            "severity": severity,
            "rule": self.rule,
            "message": self.message,
            "camera": self.camera,
            "site": self.site,
            "class": self.class_name,
            "policy": self.policy,
            "date": day,
            "time": hour,
            "zone": f"UTC{offset[:3]}:{offset[3:]}, {self.time_zone}",
            "state": state,
            "url": self.url,
        }
        return {name: one_line(text) for name, text in texts.items()}


def notice_of(delivery: Delivery) -> Notice:
    wish = Preference.objects.filter(user=delivery.recipient_id, channel=delivery.channel).first()
    language = wish.language if wish is not None else DEFAULT_LANGUAGE
    return replace(notice_of_alert(delivery.alert), id=delivery.id, language=language)


def notice_of_alert(alert: Alert) -> Notice:
    return replace(
        notice_of_event(alert.event) if alert.event else _of_trouble(alert),
        alert_id=alert.id,
        severity=Severity(alert.severity),
        state=AlertState(alert.state),
        policy=alert.policy.name,
    )


def _of_trouble(alert: Alert) -> Notice:
    """Of the platform itself: it has no camera and no site, so it names what is in trouble in their place."""
    return Notice(
        id=uuid.uuid4(),
        kind="alert",
        alert_id=alert.id,
        event_id=None,
        severity=Severity(alert.severity),
        state=AlertState.OPEN,
        rule=alert.rule_name,
        message=alert.message,
        camera_id=None,
        camera=alert.subject_name,
        site="VMS",
        class_name="",
        policy=alert.policy.name,
        started_at=alert.started_at,
        time_zone=alert.time_zone,
        url=f"{settings.BASE_URL}/alerts/{alert.id}/",
    )


def notice_of_event(event: Event) -> Notice:
    """For a look at how it would read; an alert adds what it knows."""
    site = event.camera.site
    return Notice(
        id=uuid.uuid4(),
        kind="alert",
        alert_id=None,
        event_id=event.id,
        severity=Severity(event.severity),
        state=AlertState.OPEN,
        rule=event.rule.name,
        message=event.message,
        camera_id=event.camera_id,
        camera=event.camera.name,
        site=site.name,
        class_name=event.class_name,
        policy="",
        started_at=event.started_at,
        time_zone=site.time_zone,
        url=f"{settings.BASE_URL}/events/{event.id}/",
    )


def notice_for_test() -> Notice:
    """Says that it is a test, in every field that a person reads."""
    return Notice(
        id=uuid.uuid4(),
        kind="test",
        alert_id=None,
        event_id=None,
        severity=Severity.LOW,
        state=AlertState.OPEN,
        rule=gettext("Test message"),
        message=gettext("This is a test of VMS. Nothing has happened."),
        camera_id=None,
        camera=gettext("no camera"),
        site=gettext("no site"),
        class_name=gettext("test"),
        policy=gettext("Test"),
        started_at=timezone.now(),
        time_zone="UTC",
        url=settings.BASE_URL,
        language=translation.get_language() or DEFAULT_LANGUAGE,
    )


def page_language(language: str) -> str:
    """The language of VMS's own words in a message that a person wants in this one."""
    return language if language in dict(settings.LANGUAGES) else DEFAULT_LANGUAGE


def one_line(text: str) -> str:
    """Printable and on one line, whatever was typed: a line break could begin a header, or another message."""
    return " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())
