"""Reading alerts, always from the cameras that the user may see."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterable, Mapping
from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.db.models import Count, F, Q, QuerySet, Window, prefetch_related_objects
from django.db.models.functions import Now, RowNumber
from django.utils.translation import gettext as _

from alerts.choices import SUPERVISED, AlertState, Channel, DeliveryState, PolicyAbout, SystemCategory
from alerts.models import Alert, AlertPolicy, Delivery, OnCallGroup, Preference, SystemEvent
from cameras.models import Camera
from cameras.selectors import (
    CameraPermission,
    cameras_visible_to,
    on_cameras_visible_to,
    sites_visible_to,
    users_seeing,
)
from events.choices import SEVERITY_RANK, Severity
from events.models import Event
from vms.accounts.choices import Role
from vms.accounts.models import User
from vms.errors import NotFoundError

TOLD = ("recipients", "on_call", "endpoints")
POLICY_ROWS = ("sites", "cameras", "camera_groups", "rules", *TOLD, *(f"steps__{name}" for name in TOLD))
POLICIES_ABOUT = """
SELECT policy.*,
    NOT EXISTS (SELECT FROM alerts_alertpolicy_cameras WHERE alertpolicy_id = policy.id)
        AND NOT EXISTS (SELECT FROM alerts_alertpolicy_camera_groups WHERE alertpolicy_id = policy.id)
        AND NOT EXISTS (SELECT FROM alerts_alertpolicy_sites WHERE alertpolicy_id = policy.id) AS is_everywhere,
    NOT EXISTS (SELECT FROM alerts_alertpolicy_rules WHERE alertpolicy_id = policy.id) AS is_of_any_rule,
    ARRAY(SELECT camera_id FROM alerts_alertpolicy_cameras
          WHERE alertpolicy_id = policy.id AND camera_id = ANY(%(cameras)s::bigint[])) AS its_cameras,
    ARRAY(SELECT camera_id FROM alerts_alertpolicy_camera_groups JOIN cameras_cameragroup_cameras USING (cameragroup_id)
          WHERE alertpolicy_id = policy.id AND camera_id = ANY(%(cameras)s::bigint[])) AS its_grouped,
    ARRAY(SELECT site_id FROM alerts_alertpolicy_sites
          WHERE alertpolicy_id = policy.id AND site_id = ANY(%(sites)s::bigint[])) AS its_sites,
    ARRAY(SELECT rule_id FROM alerts_alertpolicy_rules
          WHERE alertpolicy_id = policy.id AND rule_id = ANY(%(rules)s::bigint[])) AS its_rules
FROM alerts_alertpolicy AS policy WHERE policy.enabled AND policy.about <> 'system' ORDER BY policy.name
"""
"""Asked for each few events: Django would take longer to write it anew than PostgreSQL to answer."""
ROWS_APART = ("event__rule", "system_event", "policy", "acknowledged_by", "assigned_to", "resolved_by")
"""What an alert's row on a page needs of policies, rules and people. They are few: with more joins PostgreSQL plans for
longer than it reads.
"""


def alerts_visible_to(
    user: User | AnonymousUser, permission: CameraPermission = CameraPermission.VIEW
) -> QuerySet[Alert]:
    """The alerts of the user's cameras, and of the platform as far as it is their business; newest first, with all
    that a row on a page needs.
    """
    cameras = Q(on_cameras_visible_to(user, permission))
    alerts = Alert.objects.filter(cameras | Q(system_category__in=system_categories_of(user)))
    return alerts.select_related("camera__site", "event__clip").prefetch_related(*ROWS_APART)


def system_categories_of(user: User | AnonymousUser) -> list[SystemCategory]:
    """The troubles of the platform that the user may see, and so take in hand."""
    if not isinstance(user, User) or not user.is_active:
        return []
    return [category for category in SystemCategory if user.role in roles_seeing(category)]


def roles_seeing(category: str) -> tuple[Role, ...]:
    return (Role.ADMIN, Role.SUPERVISOR) if category in SUPERVISED else (Role.ADMIN,)


def alert_viewers(alert: Alert, permission: CameraPermission = CameraPermission.VIEW) -> QuerySet[User]:
    """The other direction of ``alerts_visible_to``: the active users who may see one alert."""
    if alert.camera is not None:
        return users_seeing(alert.camera, permission)
    return User.objects.filter(role__in=roles_seeing(alert.system_category), is_active=True)


def alerts_of_event(user: User | AnonymousUser, event: Event) -> list[Alert]:
    """The alerts to which an event belongs, with who was told and what was done about each."""
    rows = alerts_visible_to(user).filter(links__event=event)
    return list(rows.prefetch_related("deliveries__recipient", "deliveries__endpoint", "changes"))


def alert_get(
    user: User | AnonymousUser, alert_id: uuid.UUID, permission: CameraPermission = CameraPermission.VIEW
) -> Alert:
    """One alert.

    Raises:
        NotFoundError: there is none, or its camera is not the user's.
    """
    alert = alerts_visible_to(user, permission).filter(id=alert_id).first()
    if alert is None:
        raise NotFoundError(_("There is no such alert."))
    return alert


def alerts_waiting(user: User | AnonymousUser) -> QuerySet[Alert]:
    """Those that somebody should take in hand now: open, and not put off."""
    return alerts_visible_to(user).filter(state=AlertState.OPEN, snoozed_until=None)


def alerts_gravest(user: User | AnonymousUser, most: int, counts: Mapping[str, int]) -> list[Alert]:
    """The first ``most`` of those that wait: by severity, those of one severity newest first. ``counts``: how many
    there are, as ``alert_counts`` has it.

    Those of the first severity that has enough come from its index, newest first; of graver ones there are few. To sort
    all of them would read every alert that waits.
    """
    newest = alerts_waiting(user).prefetch_related(None).order_by("-raised_at", "-id")
    few, left = list[str](), most
    for severity in Severity.values[::-1]:
        if counts[severity] >= left:
            break
        few.append(severity)
        left -= counts[severity]
    graver = newest.filter(severity__in=few) if left < most else ()
    found = sorted(graver, key=lambda alert: SEVERITY_RANK[alert.severity], reverse=True)
    found += newest.filter(severity=severity)[:left] if severity not in few else ()
    prefetch_related_objects(found[:most], *ROWS_APART)
    return found[:most]


def alert_counts(user: User | AnonymousUser) -> dict[str, int]:
    """How many alerts wait for the user, by severity; every severity is there."""
    rows = alerts_waiting(user).order_by().values_list("severity").annotate(number=Count("*"))
    return dict.fromkeys(Severity.values, 0) | dict(rows)


def alerts_waiting_for(people: Iterable[tuple[User, frozenset[int]]]) -> list[int]:
    """How many of ``alerts_waiting`` each has, of whom is known which cameras they see (``cameras_seen_by``).

    One query for all of them; who sees the same has the same number.
    """
    waiting = Alert.objects.filter(state=AlertState.OPEN, snoozed_until=None).order_by()
    rows = list(waiting.values_list("camera", "system_category").annotate(number=Count("*")))
    known: dict[tuple[frozenset[int], tuple[str, ...]], int] = {}
    found = []
    for user, cameras in people:
        own = tuple(system_categories_of(user))
        if (cameras, own) not in known:
            known[cameras, own] = sum(
                number for camera, category, number in rows if camera in cameras or category in own
            )
        found.append(known[cameras, own])
    return found


def policies_visible_to(user: User | AnonymousUser) -> QuerySet[AlertPolicy]:
    """All for an admin. A supervisor sees, and only sees, those that are about no camera but theirs."""
    if not isinstance(user, User) or not user.is_supervisor:
        return AlertPolicy.objects.none()
    policies = AlertPolicy.objects.prefetch_related(*POLICY_ROWS)
    return policies if user.is_admin else policies.exclude(id__in=_policies_beyond(user).values("id"))


def _policies_beyond(user: User) -> QuerySet[AlertPolicy]:
    """Those that are about the platform, or about a camera or site that the user does not see."""
    unseen = Camera.objects.exclude(id__in=cameras_visible_to(user).values("id"))
    beyond = Q(about=PolicyAbout.SYSTEM) | Q(cameras__in=unseen) | Q(camera_groups__cameras__in=unseen)
    beyond |= Q(sites__cameras__in=unseen) | (Q(sites__isnull=False) & ~Q(sites__in=sites_visible_to(user)))
    if unseen.exists():
        beyond |= Q(sites=None, cameras=None, camera_groups=None)
    return AlertPolicy.objects.filter(beyond)


def policies_matching(events: Collection[Event]) -> list[list[AlertPolicy]]:
    """For each of the events the enabled policies that it concerns; one query for all of them."""
    asked = {
        "cameras": list({event.camera_id for event in events}),
        "sites": list({event.camera.site_id for event in events}),
        "rules": list({event.rule_id for event in events}),
    }
    candidates = list(AlertPolicy.everything.raw(POLICIES_ABOUT, asked))
    return [[policy for policy in candidates if _concerns(policy, event)] for event in events]


def _concerns(policy: Any, event: Event) -> bool:  # noqa: ANN401 - a policy with the annotations above
    if policy.about != (PolicyAbout.LINE if event.camera.hidden else PolicyAbout.EVENTS):
        return False
    is_there = (
        policy.is_everywhere
        or event.camera_id in policy.its_cameras
        or event.camera_id in policy.its_grouped
        or event.camera.site_id in policy.its_sites
    )
    is_that_rule = policy.is_of_any_rule or event.rule_id in policy.its_rules
    is_grave_enough = SEVERITY_RANK[policy.least_severity] <= SEVERITY_RANK[event.severity]
    return is_there and is_that_rule and is_grave_enough


def policies_about(trouble: SystemEvent) -> QuerySet[AlertPolicy]:
    """The enabled policies that this trouble of the platform concerns."""
    categories = Q(system_categories=[]) | Q(system_categories__contains=[trouble.category])
    reached = severities_up_to(trouble.severity)
    return AlertPolicy.objects.filter(
        categories, enabled=True, about=PolicyAbout.SYSTEM, least_severity__in=reached
    ).order_by("id")


def severities_up_to(severity: str) -> list[str]:
    return [other for other, rank in SEVERITY_RANK.items() if rank <= SEVERITY_RANK[severity]]


def on_call_visible_to(user: User | AnonymousUser) -> QuerySet[OnCallGroup]:
    """They name people, so they are for admins."""
    if not isinstance(user, User) or not user.is_admin:
        return OnCallGroup.objects.none()
    return OnCallGroup.objects.prefetch_related("turns__user")


def on_call_get(user: User | AnonymousUser, group_id: int) -> OnCallGroup:
    """One group.

    Raises:
        NotFoundError: there is none that the user may see.
    """
    group = on_call_visible_to(user).filter(id=group_id).first()
    if group is None:
        raise NotFoundError(_("There is no such on-call group."))
    return group


def policies_telling(group: OnCallGroup) -> QuerySet[AlertPolicy]:
    """At once or by an escalation step."""
    return AlertPolicy.objects.filter(Q(on_call=group) | Q(steps__on_call=group)).distinct()


def deliveries_due() -> QuerySet[Delivery]:
    """What should be sent now: never tried, to be tried again, or left behind by a worker that died."""
    return Delivery.objects.filter(
        state__in=(DeliveryState.QUEUED, DeliveryState.SENDING), next_attempt_at__lte=Now()
    ).order_by("next_attempt_at")


def deliveries_in_turn() -> QuerySet[Delivery]:
    """The same, one of each target in turn: thousands that wait for one slow endpoint stand before nobody else.

    Of an endpoint that failed last, no more than may be sent to it: the others would only be turned away.
    """
    turn = Window(RowNumber(), partition_by=[F("channel"), F("endpoint")], order_by=F("next_attempt_at").asc())
    failed = Q(endpoint__health__failures_in_row__gt=0)
    in_turn = deliveries_due().annotate(turn=turn).filter(~failed | Q(turn=1))
    return in_turn.order_by("turn", "next_attempt_at")


def deliveries_visible_to(user: User | AnonymousUser) -> QuerySet[Delivery]:
    """What became of messages names people, so it is for admins."""
    if not isinstance(user, User) or not user.is_admin:
        return Delivery.objects.none()
    # People, endpoints, policies and cameras are few and apart: as joins they take longer to plan than to read.
    messages = Delivery.objects.exclude(channel=Channel.SINK).select_related("alert__event", "alert__system_event")
    return messages.prefetch_related("recipient", "endpoint", "alert__policy", "alert__camera__site")


def delivery_get(user: User | AnonymousUser, delivery_id: uuid.UUID) -> Delivery:
    """One message.

    Raises:
        NotFoundError: there is none, or the user is no admin.
    """
    delivery = deliveries_visible_to(user).filter(id=delivery_id).first()
    if delivery is None:
        raise NotFoundError(_("There is no such message."))
    return delivery


def policy_get(user: User | AnonymousUser, policy_id: int) -> AlertPolicy:
    """One policy.

    Raises:
        NotFoundError: there is none that the user may see.
    """
    policy = policies_visible_to(user).filter(id=policy_id).first()
    if policy is None:
        raise NotFoundError(_("There is no such alert policy."))
    return policy


def wishes_of(user: User) -> dict[str, Preference]:
    return {
        wish.channel: wish for wish in Preference.objects.filter(user=user).prefetch_related("cameras", "camera_groups")
    }


def policies_overriding_quiet(user: User) -> QuerySet[AlertPolicy]:
    """Those that may tell the user in quiet hours, at once or by an escalation."""
    them = Q()
    for start in ("", "steps__"):
        them |= Q(**{f"{start}recipients": user}) | Q(**{f"{start}on_call__members": user})
        them |= Q(**{f"{start}roles__contains": [user.role]})
    return AlertPolicy.objects.filter(them, enabled=True, overrides_quiet=True).distinct()
