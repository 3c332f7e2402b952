"""Addresses of the camera pages."""

from django.urls import path

from cameras import live_views, views

urlpatterns = [
    path("", views.camera_list, name="camera_list"),
    path("<int:camera_id>/", views.camera_detail, name="camera_detail"),
    path("<int:camera_id>/state", live_views.camera_state, name="camera_state"),
    path("<int:camera_id>/live.jpg", live_views.camera_live, name="camera_live"),
]
