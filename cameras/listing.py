"""The camera list: its filters, the state of each camera in words, and a page of rows at constant cost."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.core.paginator import Page, Paginator
from django.db.models import Count, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.template.defaultfilters import floatformat
from django.utils import timezone
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from cameras.choices import CameraPriority, HealthState, SourceKind
from cameras.coverage import Coverage, Stretch, coverage_of_stretches, coverage_stretches_of
from cameras.finding import CameraFilter
from cameras.models import Camera, CameraHealth
from cameras.selectors import cameras_visible_to
from cameras.services.conditions import reason_words
from cameras.strip import strip_paths, strip_period
from events.models import Event
from rules.models import Rule
from rules.selectors import rules_visible_to
from vms.accounts.models import User
from vms.named_choices import choose_among

PAGE_SIZE = 50
DAY = timedelta(days=1)
OFF, RECORDINGS = "off", "recordings"
STATE_CHOICES = [
    ("", _("Any")),
    (HealthState.OFFLINE, _("Offline")),
    (HealthState.FROZEN, _("Frozen picture")),
    (HealthState.DEGRADED, _("Degraded")),
    (HealthState.ONLINE, _("Online")),
    (HealthState.UNKNOWN, _("Not watched yet")),
    (OFF, _("Switched off")),
    (RECORDINGS, _("Recordings only")),
]
WORDS = dict(STATE_CHOICES)
LIVE = Q(enabled=True) & ~Q(source_kind=SourceKind.UPLOAD)
IN_STATE = {
    OFF: Q(enabled=False),
    RECORDINGS: Q(enabled=True, source_kind=SourceKind.UPLOAD),
    HealthState.UNKNOWN: LIVE & (Q(health=None) | Q(health__state=HealthState.UNKNOWN)),
}


@dataclass(frozen=True, slots=True)
class CameraStanding:
    """How a camera does, for people; ``state`` is one of ``STATE_CHOICES``."""

    state: str
    word: str
    reason: str = ""
    since: datetime | None = None
    frame_at: datetime | None = None

    @property
    def is_trouble(self) -> bool:
        return self.state in {HealthState.OFFLINE, HealthState.FROZEN, HealthState.DEGRADED}


def camera_standing(camera: Camera) -> CameraStanding:
    health: CameraHealth | None = getattr(camera, "health", None)
    state = _state(camera.enabled, camera.source_kind, health.state if health else None)
    word = str(WORDS[state])
    if state == OFF:
        return CameraStanding(state, word, since=health.since if health else None)
    if health is None or state in {RECORDINGS, HealthState.UNKNOWN}:
        return CameraStanding(state, word)
    return CameraStanding(state, word, reason_words(health.reason), health.since, health.frame_at)


class CameraListForm(CameraFilter):
    state = forms.ChoiceField(choices=STATE_CHOICES, required=False, label=_("State"))
    priority = forms.ChoiceField(choices=[("", _("Any")), *CameraPriority.choices], required=False, label=_("Priority"))
    rule = forms.ModelChoiceField(Rule.objects.none(), required=False, empty_label=_("Any"), label=_("Rule"))
    field_order = ("q", "site", "state", "priority", "rule", "group")

    def __init__(self, data: Any, *, user: User) -> None:  # noqa: ANN401  Django's QueryDict or a dict
        super().__init__(data, user=user)
        self.fields["q"].label = _("Name")
        choose_among(self, rule=rules_visible_to(user))

    def apply(self, cameras: QuerySet[Camera]) -> QuerySet[Camera]:
        cameras = super().apply(cameras)
        if not self.is_valid():
            return cameras
        chosen = self.cleaned_data
        if chosen["priority"]:
            cameras = cameras.filter(priority=chosen["priority"])
        if chosen["rule"]:
            cameras = cameras.filter(id__in=Rule.cameras.through.objects.filter(rule=chosen["rule"]).values("camera"))
        if chosen["state"]:
            cameras = cameras.filter(IN_STATE.get(chosen["state"], LIVE & Q(health__state=chosen["state"])))
        return cameras


@dataclass(frozen=True, slots=True)
class CameraRow:
    camera: Camera
    standing: CameraStanding
    words: list[str]
    """Where it is, who watches it and how, and how much happened."""
    coverage: Coverage | None
    strip: dict[str, str]
    """Its last 24 hours, as ``strip_paths``."""


def camera_page(cameras: QuerySet[Camera], number: str) -> tuple[Page[Camera], list[CameraRow]]:
    """One page of the list, by as many queries for one row as for fifty."""
    page = Paginator(with_latest(cameras), PAGE_SIZE).get_page(number)
    start, end = strip_period(timezone.now())
    found = list(page.object_list)
    stretches = coverage_stretches_of([camera.id for camera in found], start, end)
    return page, [camera_row(camera, stretches.get(camera.id, [])) for camera in found]


def camera_row(camera: Camera, stretches: list[Stretch]) -> CameraRow:
    coverage = coverage_of_stretches(stretches) if stretches else None
    return CameraRow(camera, camera_standing(camera), camera_words(camera), coverage, strip_paths(stretches))


def camera_words(camera: Camera) -> list[str]:
    """Of one from ``with_latest``. Said here, since templates take six times as long to translate a sentence."""
    words = [camera.site.name]
    stream, number = getattr(camera, "stream", None), camera.events_today  # type: ignore[attr-defined]  # annotated
    if stream is not None and stream.watched_by is not None:
        words.append(gettext("watched by %(node)s") % {"node": stream.watched_by.name})
    elif camera.enabled and camera.source_kind == SourceKind.UPLOAD:
        words.append(str(SourceKind.UPLOAD.label))
    rate = {"priority": CameraPriority(camera.priority).label, "fps": floatformat(camera.detect_fps, -1)}
    words.append(gettext("%(priority)s priority, %(fps)s/s") % rate)
    words.append(ngettext("%(number)s event in 24 h", "%(number)s events in 24 h", number) % {"number": number})
    return words


def with_latest(cameras: QuerySet[Camera]) -> QuerySet[Camera]:
    """Each camera with its health, its worker, its latest pictured event and the day's number of events."""
    pictured = Event.objects.filter(camera=OuterRef("pk")).exclude(clip__snapshot_name="").exclude(clip=None)
    # Counted through the index camera by camera: a join would read every event there is.
    today = Event.objects.filter(camera=OuterRef("pk"), started_at__gte=timezone.now() - DAY).order_by()
    todays = today.values("camera").annotate(number=Count("id")).values("number")
    return cameras.select_related("health", "stream__node").annotate(
        latest_event=Subquery(pictured.order_by("-started_at").values("id")[:1]),
        events_today=Coalesce(Subquery(todays), 0),
    )


def state_counts(user: User) -> list[tuple[str, str, int]]:
    """How many of the user's cameras are in each state, as (state, word, number); those with none are left out."""
    alike = cameras_visible_to(user).order_by().values_list("enabled", "source_kind", "health__state")
    numbers: Counter[str] = Counter()
    for enabled, source_kind, health, number in alike.annotate(number=Count("pk")):
        numbers[_state(enabled, source_kind, health)] += number
    return [(state, str(word), numbers[state]) for state, word in STATE_CHOICES if numbers[state]]


def _state(enabled: bool, source_kind: str, health: str | None) -> str:  # noqa: FBT001  as a row has it
    if not enabled:
        return OFF
    return RECORDINGS if source_kind == SourceKind.UPLOAD else health or HealthState.UNKNOWN
