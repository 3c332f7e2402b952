"""Every address of the platform."""

from django.contrib import admin
from django.urls import include, path

from alerts.wish_views import wish_cameras, wishes
from vms.accounts.sign_in_views import admin_sign_in
from vms.observability.health import healthz, readyz
from vms.observability.metrics import metrics

admin.site.login = admin_sign_in  # type: ignore[assignment,method-assign]  # one way in, with the second factor

urlpatterns = [
    path("", include("vms.page_urls")),
    path("", include("vms.accounts.urls")),
    path("account/messages/", wishes, name="alert_wishes"),
    path("account/messages/<slug:channel>/cameras/", wish_cameras, name="alert_wish_cameras"),
    path("events/", include("events.urls")),
    path("alerts/", include("alerts.urls")),
    path("cameras/", include("cameras.urls")),
    path("wall/", include("cameras.wall_urls")),
    path("rules/", include("rules.urls")),
    path("jobs/", include("workers.urls")),
    path("fleet/", include("workers.fleet_urls")),
    path("reports/", include("reports.urls")),
    path("api/v1/", include("vms.api")),
    path("internal/v1/", include("workers.api.internal.urls")),
    path("admin/", admin.site.urls),
    path("healthz", healthz),
    path("readyz", readyz),
    path("metrics", metrics),
]

handler403 = "vms.pages.forbidden"
