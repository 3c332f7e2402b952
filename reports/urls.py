"""Addresses of the report pages."""

from django.urls import path

from reports import views

urlpatterns = [
    path("", views.report_list, name="report_list"),
    path("runs", views.runs, name="report_runs"),
    path("<uuid:run_id>/retry", views.retry, name="report_retry"),
    path("<uuid:run_id>/delete", views.delete, name="report_delete"),
    path("<uuid:run_id>/<slug:report_format>", views.download, name="report_download"),
]
