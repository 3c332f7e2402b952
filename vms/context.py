"""What every page's template knows: where it stands, how many alerts are open, and what is wrong with the platform."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.functional import Promise, SimpleLazyObject
from django.utils.translation import gettext_lazy as _

from alerts.endpoints import endpoints_left_alone
from alerts.selectors import alerts_waiting
from vms.accounts.models import User
from vms.gateway.middleware import BEGAN_AT
from vms.storage.space import storage_space
from workers.models import WorkerNode
from workers.runtime.contract import DetectorKind

MISSED_HEARTBEATS = 4
NAVIGATION = (
    ("home", _("Home"), "home"),
    ("wall", _("Live"), "wall"),
    ("event_list", _("Events"), "events"),
    ("alert_list", _("Alerts"), "bell"),
    ("upload", _("Upload"), "upload"),
    ("job_list", _("Jobs"), "jobs"),
    ("camera_list", _("Cameras"), "camera"),
    ("rule_list", _("Rules"), "target"),
    ("report_list", _("Reports"), "report"),
    ("health", _("Health"), "health"),
)
MOST_USED = tuple(page for page in NAVIGATION if page[0] in {"home", "wall", "event_list", "alert_list", "camera_list"})
"""Within reach of the thumb on a phone."""
FLEET = ("fleet", _("Fleet"), "server")
"""Beside Health, for supervisors."""
USERS = ("user_list", _("Users"), "user")
"""For admins."""
SECTIONS = {
    "letter_list": "fleet",
    "letter_detail": "fleet",
    "event_detail": "event_list",
    "event_timeline": "event_list",
    "export_list": "event_list",
    "endpoint_list": "alert_list",
    "endpoint_new": "alert_list",
    "endpoint_detail": "alert_list",
    "endpoint_test": "alert_list",
    "endpoint_key_new": "alert_list",
    "template_list": "alert_list",
    "template_edit": "alert_list",
    "alert_browser": "account",
    "channel_test": "account",
    "alert_detail": "alert_list",
    "delivery_list": "alert_list",
    "delivery_detail": "alert_list",
    "policy_list": "alert_list",
    "policy_add": "alert_list",
    "policy_edit": "alert_list",
    "on_call_list": "alert_list",
    "on_call_new": "alert_list",
    "on_call_edit": "alert_list",
    "alert_wishes": "account",
    "account_password": "account",
    "second_factor": "account",
    "sign_ins": "account",
    "token_make": "account",
    "job_detail": "job_list",
    "camera_detail": "camera_list",
    "camera_change": "camera_list",
    "camera_new_uploads": "camera_list",
    "network_add": "camera_list",
    "place_list": "camera_list",
    "site_new": "camera_list",
    "site_edit": "camera_list",
    "camera_group_new": "camera_list",
    "camera_group_edit": "camera_list",
    "camera_probe": "camera_list",
    "camera_import": "camera_list",
    "camera_bulk": "camera_list",
    "wall_layout": "wall",
    "wall_layout_new": "wall",
    "wall_layout_edit": "wall",
    "camera_new": "camera_list",
    "camera_new_address": "camera_list",
    "camera_new_look": "camera_list",
    "camera_new_streams": "camera_list",
    "camera_new_rules": "camera_list",
    "camera_clone": "camera_list",
    "zone_editor": "camera_list",
    "report_runs": "report_list",
    "rule_detail": "rule_list",
    "rule_catalog": "rule_list",
    "rule_scratch": "rule_list",
    "rule_new": "rule_list",
    "rule_save": "rule_list",
    "version_detail": "rule_list",
    "first_steps": "home",
    "user_new": "user_list",
    "user_detail": "user_list",
    "user_link": "user_list",
    "user_access": "user_list",
    "user_access_person": "user_list",
}


def platform(request: HttpRequest) -> dict[str, Any]:
    """Lazy throughout: a fragment or an error page that shows none of it costs no query."""
    user = getattr(request, "user", None)
    if not isinstance(user, User) or not user.is_authenticated:
        return {"upload_max_bytes": settings.UPLOAD_MAX_BYTES}
    match = request.resolver_match
    view = match.url_name or "" if match else ""
    return {
        "navigation": _navigation(user),
        "most_used": MOST_USED,
        "section": SECTIONS.get(view, view),
        "open_alerts": SimpleLazyObject(lambda: alerts_waiting(user).count()),
        "platform_warning": SimpleLazyObject(platform_warning),
        "endpoint_warning": SimpleLazyObject(_endpoint_names) if user.is_supervisor else None,
        "storage_warning": SimpleLazyObject(storage_space) if user.is_supervisor else None,
        "live_cursor": request.META.get(BEGAN_AT) or timezone.now().isoformat(),
        "upload_max_bytes": settings.UPLOAD_MAX_BYTES,
    }


def _navigation(user: User) -> tuple[tuple[str, str | Promise, str], ...]:
    more = ((FLEET,) if user.is_supervisor else ()) + ((USERS,) if user.is_admin else ())
    return (*NAVIGATION, *more)


def _endpoint_names() -> list[str]:
    """Endpoints that are left alone since they fail."""
    return list(endpoints_left_alone().values_list("endpoint__name", flat=True))


def nodes_alive() -> QuerySet[WorkerNode]:
    silence = timedelta(seconds=settings.NODE_HEARTBEAT_SECONDS * MISSED_HEARTBEATS)
    return WorkerNode.objects.filter(enabled=True, seen_at__gte=timezone.now() - silence)


def platform_warning() -> str:
    """``no_worker``, ``motion_only``, or nothing."""
    detectors = set(nodes_alive().values_list("detector", flat=True))
    if not detectors:
        return "no_worker"
    return "motion_only" if DetectorKind.MOTION in detectors else ""
