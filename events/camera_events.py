"""Events of cameras themselves: offline or frozen, by the platform's own rules. They follow the cameras' health.

Not among ``events.services``: the services of streams, on which those depend, call this.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from django.utils import timezone
from django.utils.translation import gettext_noop

from alerts.services import alerts_raise_for_events, alerts_resolve_unwatched
from cameras.choices import HealthFault, HealthState
from cameras.models import CameraHealth
from cameras.services.conditions import NOT_LIVE, SWITCHED_OFF
from events.announcements import event_announce
from events.choices import EventState, Severity
from events.models import Event
from rules.choices import SystemRule
from rules.models import Rule
from rules.system import VERSION, system_rule
from workers.models import Stream
from workers.runtime.contract import event_key

CLASS_NAME = "camera"
RULES = {HealthState.OFFLINE: SystemRule.CAMERA_OFFLINE, HealthState.FROZEN: SystemRule.CAMERA_FROZEN}
SEVERITIES = {SystemRule.CAMERA_OFFLINE: Severity.HIGH, SystemRule.CAMERA_FROZEN: Severity.MEDIUM}
UNWATCHED = {
    SWITCHED_OFF: gettext_noop("The camera was switched off."),
    NOT_LIVE: gettext_noop("The camera is fed by uploaded recordings now."),
}
WORDS = {HealthState.OFFLINE: "offline", HealthState.FROZEN: "frozen"}


def camera_events_settle(*, healths: Sequence[CameraHealth]) -> None:
    """Start the events that the cameras' states ask for and end those they no longer do; alerts with them.

    Call it in the transaction that writes the states, with their rows locked. Asked again it changes nothing: the
    event's id follows from the stream and the moment the trouble began. A camera without a stream has no event yet.
    Nobody need look after a camera that is not to be watched any more: its alerts are resolved, too.
    """
    by_camera = {health.camera_id: health for health in healths}
    going_on = camera_events_open(by_camera)
    kept = {event.camera_id for event in going_on if _is_still(event, by_camera[event.camera_id])}
    for event in going_on:
        if event.camera_id not in kept:
            health = by_camera[event.camera_id]
            _end(event, health.since or timezone.now())
            if note := UNWATCHED.get(health.reason):
                alerts_resolve_unwatched(event=event, note=note)
    troubled = [health for health in healths if health.state in RULES and health.camera_id not in kept]
    if troubled:
        _start_all(troubled)


def camera_events_open(camera_ids: Iterable[int]) -> list[Event]:
    events = Event.objects.filter(camera__in=list(camera_ids), state=EventState.OPEN, stream__isnull=False)
    return list(events.exclude(rule__system="").select_related("rule").select_for_update(of=("self",)))


def _is_still(event: Event, health: CameraHealth) -> bool:
    return event.rule.system == RULES.get(HealthState(health.state))


def _start_all(troubled: Sequence[CameraHealth]) -> None:
    streams = Stream.objects.select_related("camera__site").in_bulk(
        [health.camera_id for health in troubled], field_name="camera_id"
    )
    rules = {state: system_rule(RULES[state]) for state in {HealthState(health.state) for health in troubled}}
    wanted = [
        _event(streams[health.camera_id], rules[HealthState(health.state)], health)
        for health in troubled
        if health.camera_id in streams
    ]
    known = set(Event.objects.filter(id__in=[event.id for event in wanted]).values_list("id", flat=True))
    new = [event for event in wanted if event.id not in known]
    for event in new:
        event.save(force_insert=True)
        event_announce("event.started", event)
    alerts_raise_for_events(events=new)


def _event(stream: Stream, rule: Rule, health: CameraHealth) -> Event:
    start_ms = max(0, int(((health.since or timezone.now()) - stream.started_at) / timedelta(milliseconds=1)))
    reason = health.reason or "The reason is not known"
    word = WORDS[HealthState(health.state)]
    return Event(
        id=event_key(stream.id, rule.id, VERSION, 0, start_ms),
        camera=stream.camera,
        rule=rule,
        rule_version=VERSION,
        stream=stream,
        track_id=0,
        class_name=CLASS_NAME,
        confidence=1.0,
        severity=SEVERITIES[SystemRule(rule.system)],
        message=f"Camera {stream.camera.name} is {word}: {reason[0].lower()}{reason[1:]}"[:500],
        started_at=stream.started_at + timedelta(milliseconds=start_ms),
        box_xyxy=[0.0, 0.0, 1.0, 1.0],
        evidence={"condition": "camera_health", "reason": reason, "fault": health.fault or HealthFault.CAMERA},
    )


def _end(event: Event, ended_at: datetime) -> None:
    event.state, event.ended_at = EventState.ENDED, max(ended_at, event.started_at)
    event.save(update_fields=["state", "ended_at"])
    event_announce("event.updated", event)
