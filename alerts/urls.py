"""Addresses of the alerts inbox."""

from django.urls import path

from alerts import views

urlpatterns = [
    path("", views.inbox, name="alert_list"),
    path("count", views.count, name="alert_count"),
    path("acknowledge", views.acknowledge, name="alert_acknowledge"),
]
