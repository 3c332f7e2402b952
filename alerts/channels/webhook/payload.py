"""The document that a webhook gets. Its JSON Schema is part of the API; fields are added, never changed."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from alerts.wording.notice import Notice
from alerts.wording.words import Words
from events.choices import Severity


class Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class CameraPart(Part):
    id: int | None = Field(description="None in a test message.")
    name: str
    site: str


class EventPart(Part):
    id: uuid.UUID | None = Field(description="None in a test message.")
    rule: str
    message: str
    class_name: str = Field(description="What was seen, such as person.")
    started_at: datetime
    url: str = Field(description="The event's page, for somebody who may see the camera.")


class AlertPart(Part):
    id: uuid.UUID | None = Field(description="None in a test message.")
    severity: Severity
    policy: str


class WebhookPayload(Part):
    """The same message has the same ``id``, however often it is sent: keep it, and drop what you have seen."""

    type: Literal["alert.raised", "test"]
    version: Literal[1] = 1
    id: uuid.UUID = Field(description="The message's identity, as in the header webhook-id.")
    title: str = Field(description="One line, from the template for webhooks.")
    text: str = Field(description="Plain text, from the template for webhooks.")
    alert: AlertPart
    event: EventPart
    camera: CameraPart


def payload_of(notice: Notice, words: Words) -> WebhookPayload:
    return WebhookPayload(
        type="test" if notice.kind == "test" else "alert.raised",  # machines get no digests
        id=notice.id,
        title=words.subject,
        text=words.body,
        alert=AlertPart(id=notice.alert_id, severity=notice.severity, policy=notice.policy),
        event=EventPart(
            id=notice.event_id,
            rule=notice.rule,
            message=notice.message,
            class_name=notice.class_name,
            started_at=notice.started_at,
            url=notice.url,
        ),
        camera=CameraPart(id=notice.camera_id, name=notice.camera, site=notice.site),
    )


def payload_json_schema() -> dict[str, Any]:
    return WebhookPayload.model_json_schema()
