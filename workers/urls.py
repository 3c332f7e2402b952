"""Addresses of the job pages."""

from django.urls import path

from workers import views

urlpatterns = [
    path("", views.job_list, name="job_list"),
    path("<uuid:job_id>/", views.job_detail, name="job_detail"),
    path("<uuid:job_id>/progress", views.progress, name="job_progress"),
    path("<uuid:job_id>/cancel", views.cancel, name="job_cancel"),
    path("<uuid:job_id>/retry", views.retry, name="job_retry"),
]
