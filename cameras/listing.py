"""The camera list: its filters, the state of each camera in words, and a page of rows at constant cost."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.core.paginator import Page, Paginator
from django.db.models import Count, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from cameras.choices import CameraPriority, HealthState, SourceKind
from cameras.coverage import Coverage, Span, coverage_of_spans, coverage_spans_of
from cameras.models import Camera, CameraGroup, CameraHealth, Site
from cameras.selectors import cameras_visible_to, groups_visible_to, sites_visible_to
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
    if not camera.enabled:
        return CameraStanding(OFF, str(WORDS[OFF]), since=health.since if health else None)
    if camera.source_kind == SourceKind.UPLOAD:
        return CameraStanding(RECORDINGS, str(WORDS[RECORDINGS]))
    if health is None or health.state == HealthState.UNKNOWN:
        return CameraStanding(HealthState.UNKNOWN, str(WORDS[HealthState.UNKNOWN]))
    word = str(WORDS[HealthState(health.state)])
    return CameraStanding(health.state, word, reason_words(health.reason), health.since, health.frame_at)


class CameraListForm(forms.Form):
    """Only sites the user may see can be chosen; an unknown value is an error, never ignored."""

    q = forms.CharField(required=False, max_length=100, label=_("Name"))
    site = forms.ModelChoiceField(Site.objects.none(), required=False, empty_label=_("Any"), label=_("Site"))
    state = forms.ChoiceField(choices=STATE_CHOICES, required=False, label=_("State"))
    priority = forms.ChoiceField(choices=[("", _("Any")), *CameraPriority.choices], required=False, label=_("Priority"))
    rule = forms.ModelChoiceField(Rule.objects.none(), required=False, empty_label=_("Any"), label=_("Rule"))
    group = forms.ModelChoiceField(CameraGroup.objects.none(), required=False, empty_label=_("Any"), label=_("Group"))

    def __init__(self, data: Any, *, user: User) -> None:  # noqa: ANN401  Django's QueryDict or a dict
        super().__init__(data)
        rules = rules_visible_to(user).prefetch_related(None)  # names are enough, without each one's cameras
        choose_among(self, site=sites_visible_to(user), rule=rules, group=groups_visible_to(user))

    @property
    def is_used(self) -> bool:
        return any(self.data.get(name) for name in self.fields)

    def apply(self, cameras: QuerySet[Camera]) -> QuerySet[Camera]:
        if not self.is_valid():
            return cameras.none()
        chosen = self.cleaned_data
        if chosen["q"]:
            cameras = cameras.filter(Q(name__icontains=chosen["q"]) | Q(site__name__icontains=chosen["q"]))
        if chosen["site"]:
            cameras = cameras.filter(site=chosen["site"])
        if chosen["priority"]:
            cameras = cameras.filter(priority=chosen["priority"])
        if chosen["group"]:
            cameras = cameras.filter(groups=chosen["group"])
        if chosen["rule"]:
            cameras = cameras.filter(id__in=Rule.cameras.through.objects.filter(rule=chosen["rule"]).values("camera"))
        if chosen["state"]:
            cameras = cameras.filter(IN_STATE.get(chosen["state"], LIVE & Q(health__state=chosen["state"])))
        return cameras


@dataclass(frozen=True, slots=True)
class CameraRow:
    camera: Camera
    standing: CameraStanding
    node: str
    coverage: Coverage | None
    strip: dict[str, str]
    """Its last 24 hours, as ``strip_paths``."""


def camera_page(cameras: QuerySet[Camera], number: str) -> tuple[Page[Camera], list[CameraRow]]:
    """One page of the list, by as many queries for one row as for fifty."""
    page = Paginator(with_latest(cameras), PAGE_SIZE).get_page(number)
    start, end = strip_period(timezone.now())
    found = list(page.object_list)
    spans = coverage_spans_of([camera.id for camera in found], start, end)
    return page, [camera_row(camera, spans.get(camera.id, []), start) for camera in found]


def camera_row(camera: Camera, spans: list[Span], start: datetime) -> CameraRow:
    stream = getattr(camera, "stream", None)
    node = stream.node.name if stream is not None and stream.node is not None else ""
    coverage = coverage_of_spans(spans) if spans else None
    return CameraRow(camera, camera_standing(camera), node, coverage, strip_paths(spans, start))


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
    cameras = cameras_visible_to(user).order_by()
    names = [state for state, _ in STATE_CHOICES if state]
    sums = {f"in_{state}": Count("pk", filter=IN_STATE.get(state, LIVE & Q(health__state=state))) for state in names}
    counts = cameras.aggregate(**sums)
    words = {state: str(word) for state, word in STATE_CHOICES}
    return [(state, words[state], counts[f"in_{state}"]) for state in names if counts[f"in_{state}"]]
