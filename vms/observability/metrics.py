"""``/metrics`` in Prometheus' text format, for who holds the token or stands on this machine; others find nothing."""

from __future__ import annotations

import hmac
import ipaddress
import os
from collections.abc import Iterable
from functools import partial

import psutil
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_safe
from prometheus_client import CONTENT_TYPE_PLAIN_0_0_4, REGISTRY, CollectorRegistry, ProcessCollector, generate_latest
from prometheus_client.metrics_core import Metric
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from vms.observability.measurements import MEASUREMENTS, MetricsCollector

FORWARDED = ("HTTP_X_FORWARDED_FOR", "HTTP_FORWARDED", "HTTP_X_REAL_IP")


@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """What web counted (requests, database), then what database and Valkey say about the whole platform."""
    if not _may_read(request):
        raise Http404
    platform = CollectorRegistry(auto_describe=False)
    platform.register(MetricsCollector(MEASUREMENTS))
    text = generate_latest(_counted()) + generate_latest(platform)
    return HttpResponse(text, content_type=CONTENT_TYPE_PLAIN_0_0_4)


class WebProcesses(Collector):
    """What Prometheus' client says of one process, of all web processes together; the start is the newest one's."""

    def collect(self) -> Iterable[Metric]:
        siblings = psutil.Process(os.getppid()).children()
        told = [ProcessCollector(pid=partial(int, each.pid), registry=None).collect() for each in siblings]
        by_name: dict[str, list[Metric]] = {}
        for metric in (metric for metrics in told for metric in metrics):
            by_name.setdefault(metric.name, []).append(metric)
        for name, metrics in by_name.items():
            values = [sample.value for metric in metrics for sample in metric.samples]
            (sample,) = metrics[0].samples
            value = max(values) if name == "process_start_time_seconds" else sum(values)
            metrics[0].samples = [sample._replace(value=value)]
            yield metrics[0]


def _counted() -> CollectorRegistry:
    """By this process, or by all where there are several (``vms.web_process``)."""
    if "PROMETHEUS_MULTIPROC_DIR" not in os.environ:
        return REGISTRY
    registry = CollectorRegistry(auto_describe=False)
    MultiProcessCollector(registry)  # type: ignore[no-untyped-call]  # that module has no types
    registry.register(WebProcesses())
    return registry


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
