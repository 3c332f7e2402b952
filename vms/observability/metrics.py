"""``/metrics`` in Prometheus' text format, for who holds the token or stands on this machine; others find nothing."""

from __future__ import annotations

import hmac
import ipaddress

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_safe
from prometheus_client import CONTENT_TYPE_PLAIN_0_0_4, REGISTRY, CollectorRegistry, generate_latest

from vms.observability.measurements import MEASUREMENTS, MetricsCollector

FORWARDED = ("HTTP_X_FORWARDED_FOR", "HTTP_FORWARDED", "HTTP_X_REAL_IP")


@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """What this process counted (requests, database), then what database and Valkey say about the whole platform."""
    if not _may_read(request):
        raise Http404
    platform = CollectorRegistry(auto_describe=False)
    platform.register(MetricsCollector(MEASUREMENTS))
    text = generate_latest(REGISTRY) + generate_latest(platform)
    return HttpResponse(text, content_type=CONTENT_TYPE_PLAIN_0_0_4)


def _may_read(request: HttpRequest) -> bool:
    if settings.METRICS_TOKEN:
        expected = f"Bearer {settings.METRICS_TOKEN}"
        if hmac.compare_digest(request.headers.get("Authorization", "").encode(), expected.encode()):
            return True
    return bool(settings.METRICS_LOOPBACK) and _is_local(request)


def _is_local(request: HttpRequest) -> bool:
    """Made on this machine, and not passed on by a proxy that stands there for somebody else."""
    if any(request.META.get(header) for header in FORWARDED):
        return False
    try:
        # A Unix socket has no address; whoever may open it stands here too, but we cannot tell.
        return ipaddress.ip_address(request.META.get("REMOTE_ADDR", "")).is_loopback
    except ValueError:
        return False
