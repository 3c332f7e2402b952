"""The pages that belong to no app: home and the platform's health."""

from __future__ import annotations

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.templatetags.static import static
from django.utils import translation
from django.utils.translation import gettext
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_http_methods, require_safe
from django.views.i18n import JavaScriptCatalog

from alerts.seen import alerts_as_seen
from alerts.selectors import alert_counts, alerts_gravest
from cameras.selectors import CameraPermission, cameras_visible_to
from events.choices import Severity
from vms.accounts.services import admin_require
from vms.accounts.views import signed_in
from vms.context import nodes_alive
from vms.dashboard import day_context, now_context
from vms.first_steps import first_steps
from vms.storage.space import storage_space
from workers.choices import ENDED_JOB_STATES
from workers.models import WorkerNode
from workers.selectors import jobs_visible_to

HOME_ROWS = 6
ICONS = (("icon-192", 192, "any"), ("icon-512", 512, "any"), ("icon-maskable-512", 512, "maskable"))


@login_required
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    user = signed_in(request)
    jobs = jobs_visible_to(user).exclude(state__in=ENDED_JOB_STATES)
    first_jobs = list(jobs[:HOME_ROWS])
    counts = alert_counts(user)
    total = sum(counts.values())
    context = {
        "alerts": alerts_as_seen(user, alerts_gravest(user, HOME_ROWS, counts)),
        "alert_total": total,
        "open_alerts": total,
        "alert_counts": [(severity, counts[severity]) for severity in reversed(Severity)],
        "jobs": first_jobs,
        "job_total": jobs.count() if len(first_jobs) == HOME_ROWS else len(first_jobs),
        "may_upload": cameras_visible_to(user, CameraPermission.UPLOAD).exists,  # asked where it is shown
        **day_context(user),
        **now_context(user),
    }
    steps = first_steps() if user.is_admin and not user.first_steps_hidden else []
    if not all(step.is_done for step in steps):
        context["steps"] = steps
    fragment = request.headers.get("HX-Request") == "true" and not request.headers.get("HX-History-Restore-Request")
    return render(request, "parts/home_body.html" if fragment else "home.html", context)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def first_steps_page(request: HttpRequest) -> HttpResponse:
    """What is still to do, for admins; POST takes it off the first page, or puts it back there."""
    user = signed_in(request)
    admin_require(user)
    if request.method == "POST":
        user.first_steps_hidden = request.POST.get("show") != "1"
        user.save(update_fields=["first_steps_hidden"])
        return redirect("home")
    return render(request, "first_steps.html", {"steps": first_steps()})


@login_required
@require_safe
def health(request: HttpRequest) -> HttpResponse:
    return render(request, "health.html", {"nodes": node_rows(), "space": storage_space()})


@require_safe
def manifest(request: HttpRequest) -> JsonResponse:
    """What a browser needs to install VMS as an app; it asks without a session."""
    icons = [
        {"src": static(f"img/{name}.png"), "sizes": f"{size}x{size}", "type": "image/png", "purpose": purpose}
        for name, size, purpose in ICONS
    ]
    facts = {
        "name": "VMS",
        "short_name": "VMS",
        "description": gettext("Events, alerts and live pictures of your cameras."),
        "id": "/",
        "start_url": "/",
        "scope": "/",
        "display": "standalone",
        "background_color": "#0d1215",
        "theme_color": "#0d1215",
        "icons": icons,
    }
    return JsonResponse(facts, content_type="application/manifest+json")


@cache_control(public=True, max_age=3600)
@require_safe
def words(request: HttpRequest, language: str) -> HttpResponseBase:
    """What our scripts say in another language than English (``static/js/words.js``)."""
    if language not in dict(settings.LANGUAGES):
        raise Http404
    with translation.override(language):
        return JavaScriptCatalog.as_view(packages=["vms"])(request)


def node_rows() -> list[tuple[WorkerNode, bool]]:
    """Every node, and whether it was heard lately."""
    alive = set(nodes_alive().values_list("id", flat=True))
    return [(node, node.id in alive) for node in WorkerNode.objects.all()]


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return render(request, "403.html", status=403)
