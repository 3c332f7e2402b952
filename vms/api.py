"""Version 1 of the API: its addresses, its schema and the page that explains it."""

from __future__ import annotations

from django.urls import include, path
from drf_spectacular.views import SpectacularAPIView
from rest_framework.routers import SimpleRouter

from alerts.api.endpoints import EndpointViewSet
from alerts.api.on_call import OnCallViewSet
from alerts.api.views import AlertViewSet, MessageViewSet, PolicyViewSet
from alerts.api.webhooks import WebhookSchemaView
from alerts.api.wishes import WishListView, WishView
from cameras.api.live import CoverageView, HealthView, PictureView
from cameras.api.recordings import RecordingContentView, RecordingViewSet
from cameras.api.setup import CameraNetworkViewSet, ImportView, ProbeView
from cameras.api.views import CameraGroupViewSet, CameraViewSet, SiteViewSet, ZoneViewSet
from events.api.exports import ExportViewSet
from events.api.track_logs import TrackLogViewSet
from events.api.views import EventViewSet
from reports.api.views import ReportViewSet
from rules.api.backtests import BacktestViewSet
from rules.api.language import RuleCatalogView, RuleCheckView, RuleSchemaView
from rules.api.views import RuleViewSet
from rules.api.why_not import WhyNotView
from vms.accounts.api.views import LogoutView, MeView, RefreshView, TokenView
from vms.api_docs import DocsView
from workers.api.views import DeadLetterViewSet, JobViewSet, NodeViewSet

router = SimpleRouter(trailing_slash=False, use_regex_path=False)
router.register("sites", SiteViewSet, basename="site")
router.register("cameras", CameraViewSet, basename="camera")
router.register("camera-groups", CameraGroupViewSet, basename="camera-group")
router.register("camera-networks", CameraNetworkViewSet, basename="camera-network")
router.register("zones", ZoneViewSet, basename="zone")
router.register("rules", RuleViewSet, basename="rule")
router.register("backtests", BacktestViewSet, basename="backtest")
router.register("recordings", RecordingViewSet, basename="recording")
router.register("nodes", NodeViewSet, basename="node")
router.register("dead-letters", DeadLetterViewSet, basename="dead-letter")
router.register("jobs", JobViewSet, basename="job")
router.register("events", EventViewSet, basename="event")
router.register("exports", ExportViewSet, basename="export")
router.register("track-logs", TrackLogViewSet, basename="track-log")
router.register("alerts", AlertViewSet, basename="alert")
router.register("alert-policies", PolicyViewSet, basename="alert-policy")
router.register("alert-endpoints", EndpointViewSet, basename="alert-endpoint")
router.register("on-call-groups", OnCallViewSet, basename="on-call-group")
router.register("alert-messages", MessageViewSet, basename="alert-message")
router.register("reports", ReportViewSet, basename="report")

app_name = "api"
urlpatterns = [
    path("me", MeView.as_view(), name="me"),
    path("token", TokenView.as_view(), name="token"),
    path("token/refresh", RefreshView.as_view(), name="token-refresh"),
    path("token/logout", LogoutView.as_view(), name="token-logout"),
    path("recordings/content", RecordingContentView.as_view(), name="recording-content"),
    path("cameras/<int:pk>/health", HealthView.as_view(), name="camera-health"),
    path("cameras/<int:pk>/coverage", CoverageView.as_view(), name="camera-coverage"),
    path("cameras/<int:pk>/picture", PictureView.as_view(), name="camera-picture"),
    path("cameras/<int:pk>/why-not", WhyNotView.as_view(), name="camera-why-not"),
    path("cameras/probe", ProbeView.as_view(), name="camera-probe"),
    path("cameras/import", ImportView.as_view(), name="camera-import"),
    path("rules/schema", RuleSchemaView.as_view(), name="rule-schema"),
    path("rules/check", RuleCheckView.as_view(), name="rule-check"),
    path("rule-catalog", RuleCatalogView.as_view(), name="rule-catalog"),
    path("alert-wishes", WishListView.as_view(), name="alert-wishes"),
    path("alert-wishes/<str:channel>", WishView.as_view(), name="alert-wish"),
    path("alerts/webhook-schema", WebhookSchemaView.as_view(), name="webhook-schema"),
    path("schema", SpectacularAPIView.as_view(), name="schema"),
    path("docs", DocsView.as_view(), name="docs"),
    path("", include(router.urls)),
]
